import type { Command } from 'commander';
import { acts, examples, type JsonOption } from '../command.ts';
import { connectDaemon } from '../connection/connect.ts';
import { note, plural, writeJson } from '../terminal/output.ts';
import type { PlaceFlags } from '../connection/places.ts';

export function define(command: Command): void {
  acts(command).action(upgradeDaemon);
  examples(command, ['andon daemon upgrade', 'after new packages are in place; hosts and resources go on meanwhile']);
}

async function upgradeDaemon(options: JsonOption, command: Command): Promise<void> {
  const { upgrade } = await import('../service/upgrade.ts');
  const flags = command.optsWithGlobals<PlaceFlags>();
  const { from, to, hosts, resources, by } = await upgrade(await connectDaemon(flags), flags);
  const ok = hosts.lost.length === 0 && resources.lost.length === 0;
  if (!ok) process.exitCode = 1;
  if (options.json) return writeJson({ ok, from, to, by, hosts, resources });
  note(`andond ${from.version} (pid ${from.pid}) → andond ${to.version} (pid ${to.pid}), started by ${by}`);
  note(`kept ${plural(hosts.kept, 'host')} and ${plural(resources.kept, 'resource')} online`);
  if (hosts.lost.length > 0) note(`not the same process any more: ${hosts.lost.join(', ')}`);
  if (resources.lost.length > 0) note(`not online any more, or only again: ${resources.lost.join(', ')}; see: andon status`);
}
