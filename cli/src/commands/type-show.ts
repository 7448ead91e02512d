import type { Command } from 'commander';
import { examples, type JsonOption, reads } from '../command.ts';
import { withDaemon } from '../connection/connect.ts';
import { agentDescription, type AgentDescription, isAgentName } from '../ocf/agents.ts';
import { facts, paint, printable, table, writeJson, writeLine } from '../terminal/output.ts';
import { propertyFacts, type Schema } from '../terminal/schema-words.ts';
import { settings } from '../terminal/settings-text.ts';

export function define(command: Command): void {
  reads(command).argument('<name>', 'type, or an OCF agent such as ocf:heartbeat:nginx').action(showType);
  examples(
    command,
    ['andon type show worker', ''],
    ['andon type show worker --json', 'with its JSON Schema'],
    ['andon type show ocf:heartbeat:IPaddr2', 'parameters and times of an OCF agent'],
  );
}

async function showType(name: string, options: JsonOption, command: Command): Promise<void> {
  if (isAgentName(name)) return showAgent(await agentDescription(name), options);
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
    return paragraph(name, [value, isRequired ? 'required' : initial === undefined ? '' : `default ${initial}`], meaning);
  });
  return ['properties of its resources, set with --set NAME=VALUE:', ...told].join('\n');
}

function showAgent(agent: AgentDescription, options: JsonOption): void {
  if (options.json) return writeJson(agent);
  writeLine(
    facts([
      ['agent', agent.name],
      ['summary', printable(agent.summary)],
      ['file', agent.path],
      ['version', agent.version],
      ['refused', agent.refused === null ? '' : `it ${agent.refused}; clusterTools=allow takes it all the same`],
      ['description', printable(agent.description)],
    ]),
  );
  const parameters = agent.parameters.map(({ name, type, initial, isRequired, summary, description }) => {
    const standard = isRequired ? 'required' : initial === undefined || initial === '' ? '' : `default ${initial}`;
    return paragraph(name, [type, standard], description || summary);
  });
  writeLine(['', 'its parameters, set with --set \'parameters={"NAME":"VALUE"}\':', ...parameters].join('\n'));
  const rows = agent.actions.map(({ name, depth, timeoutMs, intervalMs }) => [
    depth > 0 ? `${name} (depth ${depth})` : name,
    timeoutMs === undefined ? '' : String(timeoutMs),
    intervalMs === undefined ? '' : String(intervalMs),
  ]);
  writeLine(`\n${table(['ACTION', 'TIMEOUT ms', 'INTERVAL ms'], rows)}`);
}

/** What can be set, with what it takes and what it means below. */
function paragraph(name: string, facets: readonly string[], meaning: string): string {
  const head = `  ${paint('bold', printable(name))}  ${printable(facets.filter((facet) => facet !== '').join('; '))}`;
  return meaning === '' ? head : `${head}\n      ${printable(meaning)}`;
}
