import type { Command } from 'commander';
import { examples, type JsonOption, reads } from '../command.ts';
import { withDaemon } from '../connection/connect.ts';
import { facts, paint, printable, writeJson, writeLine } from '../terminal/output.ts';
import { propertyFacts, type Schema } from '../terminal/schema-words.ts';
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
  if (type.jsonSchema) writeLine(`\n${documentation(type.jsonSchema)}`);
}

/** What can be set of its resources, for a person; a schema that says it in another way than by `properties` is shown as it is. */
function documentation(schema: Schema): string {
  const properties = propertyFacts(schema);
  if (properties.length === 0) return `JSON Schema of its resources' properties:\n${JSON.stringify(schema, null, 2)}`;
  const told = properties.map(({ name, value, initial, isRequired, meaning }) => {
    const more = isRequired ? '; required' : initial === undefined ? '' : `; default ${initial}`;
    const head = `  ${paint('bold', printable(name))}  ${printable(`${value}${more}`)}`;
    return meaning === '' ? head : `${head}\n      ${printable(meaning)}`;
  });
  return ['properties of its resources, set with --set NAME=VALUE:', ...told].join('\n');
}
