import type { Command } from 'commander';
import { acts, examples, type JsonOption } from '../command.ts';
import { connectDaemon } from '../connection/connect.ts';
import { note, writeJson } from '../terminal/output.ts';
import type { PlaceFlags } from '../connection/places.ts';

interface Options extends JsonOption {
  readonly leaveResources?: boolean;
}

export function define(command: Command): void {
  acts(command).option('--leave-resources', 'leave every resource running; the next daemon takes them over').action(stopDaemon);
  examples(
    command,
    ['andon down', 'what was wanted Online comes back with the next: andon up'],
    ['andon down --leave-resources', 'for example before an upgrade'],
  );
}

async function stopDaemon(options: Options, command: Command): Promise<void> {
  const { client } = await connectDaemon(command.optsWithGlobals<PlaceFlags>());
  const { shutDown } = await import('../daemon/shut-down.ts');
  const leaveResources = options.leaveResources === true;
  const { pid, remaining } = await shutDown(client, { leaveResources, restart: false });
  const ok = remaining.length === 0;
  if (!ok) process.exitCode = 1;
  if (options.json) return writeJson({ ok, pid, leaveResources, remaining });
  for (const { name, state, note: word } of remaining) note(`${name} did not get offline: it was ${state}${word}`);
  note(leaveResources ? `andond (pid ${pid}) has ended; its resources go on` : `andond (pid ${pid}) has ended`);
}
