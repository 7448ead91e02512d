import type { Command } from 'commander';
import { examples, type JsonOption, reads } from '../command.ts';
import { withDaemon } from '../connection/connect.ts';
import { facts, printable, writeJson, writeLine } from '../terminal/output.ts';
import { settings } from '../terminal/settings-text.ts';

export function define(command: Command): void {
  reads(command).argument('<name>', 'type').action(showType);
  examples(command, ['andon type show worker', ''], ['andon type show worker --json', 'with its JSON Schema']);
}

async function showType(name: string, options: JsonOption, command: Command): Promise<void> {
  const type = await withDaemon(command, (client) => client.request('typeShow', { name }));
  if (options.json) return writeJson(type);
  writeLine(
    facts([
      ['name', type.name],
      ['description', printable(type.description)],
      ['command', type.builtIn ? 'built in' : printable(type.command.join(' '))],
      ['cwd', type.cwd ?? ''],
      ['env', settings(type.env)],
      ['properties', settings(type.properties)],
      ['source', type.builtIn ? '' : (type.source ?? 'given by command')],
      ['resources', type.resources.join(' ') || 'none'],
      ['hosts', type.hosts.join(' ') || 'none'],
    ]),
  );
  if (type.jsonSchema) writeLine(`JSON Schema of its resources' properties:\n${JSON.stringify(type.jsonSchema, null, 2)}`);
}
