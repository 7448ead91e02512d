import type { Command } from 'commander';
import { examples, type JsonOption, reads } from '../command.ts';
import { withDaemon } from '../connection/connect.ts';
import { note, styleOfState, table, writeJson, writeLine } from '../terminal/output.ts';

export function define(command: Command): void {
  reads(command).action(listGroups);
  examples(command, ['andon group list', ''], ['andon group list --json', '{"groups":[{"name","description","state","resources"}]}']);
}

async function listGroups(options: JsonOption, command: Command): Promise<void> {
  const { groups } = await withDaemon(command, (client) => client.request('groupList', {}));
  if (options.json) return writeJson({ groups });
  if (groups.length === 0) return note('There are no groups. Make one with: andon group add NAME');
  const rows = groups.map((group) => [
    group.name,
    { text: group.state, style: styleOfState(group.state) },
    group.resources.join(' ') || '-',
    group.description,
  ]);
  writeLine(table(['NAME', 'STATE', 'RESOURCES', 'DESCRIPTION'], rows));
}
