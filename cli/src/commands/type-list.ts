import type { Command } from 'commander';
import { examples, type JsonOption, reads } from '../command.ts';
import { withDaemon } from '../connection/connect.ts';
import { printable, table, writeJson, writeLine } from '../terminal/output.ts';

export function define(command: Command): void {
  reads(command).action(listTypes);
  examples(command, ['andon type list', ''], ['andon type list --json', '{"types":[{"name","description","command",…}]}']);
}

async function listTypes(options: JsonOption, command: Command): Promise<void> {
  const { types } = await withDaemon(command, (client) => client.request('typeList', {}));
  if (options.json) return writeJson({ types });
  const rows = types.map((type) => [
    type.name,
    String(type.resources.length),
    type.builtIn ? 'built in' : printable(type.command.join(' ')),
    printable(type.description),
  ]);
  writeLine(table(['NAME', 'RESOURCES', 'COMMAND', 'DESCRIPTION'], rows));
}
