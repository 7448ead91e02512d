import type { Command } from 'commander';
import { examples, type JsonOption, reads } from '../command.ts';
import { withDaemon } from '../connection/connect.ts';
import { note, table, writeJson, writeLine } from '../terminal/output.ts';
import { settings } from '../terminal/settings-text.ts';

export function define(command: Command): void {
  reads(command).action(listResources);
  examples(
    command,
    ['andon resource list', ''],
    ['andon resource list --json', '{"resources":[{"name","type","group","dependsOn","set","properties"}]}'],
  );
}

async function listResources(options: JsonOption, command: Command): Promise<void> {
  const { resources } = await withDaemon(command, (client) => client.request('resourceList', {}));
  if (options.json) return writeJson({ resources });
  if (resources.length === 0) return note('There are no resources. Configure one with: andon resource add NAME --type TYPE');
  const rows = resources.map(({ name, type, group, dependsOn, set }) => [name, type, group ?? '-', dependsOn || '-', settings(set)]);
  writeLine(table(['NAME', 'TYPE', 'GROUP', 'DEPENDS ON', 'SET'], rows));
}
