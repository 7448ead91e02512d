import type { Command } from 'commander';
import { examples, type JsonOption, reads } from '../command.ts';
import { withDaemon } from '../connect.ts';
import { note, writeJson } from '../output.ts';

export function define(command: Command): void {
  reads(command).action(exportConfiguration);
  examples(
    command,
    ['andon export > andon.toml', 'andon apply -f andon.toml brings it back'],
    ['andon export --json', '{"types":[…],"groups":[…],"resources":[…]}'],
  );
}

async function exportConfiguration(options: JsonOption, command: Command): Promise<void> {
  const configuration = await withDaemon(command, (client) => client.request('export', {}));
  if (options.json) return writeJson(configuration);
  const { writeManifest } = await import('../manifest/write.ts');
  const { toml, omitted } = writeManifest(configuration);
  process.stdout.write(toml);
  for (const what of omitted) note(`warning: ${what} is null, which TOML cannot hold; it was left out. --json has it.`);
}
