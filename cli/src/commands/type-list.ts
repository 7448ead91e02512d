import type { Command } from 'commander';
import { examples, type JsonOption, reads } from '../command.ts';
import { withDaemon } from '../connection/connect.ts';
import { agentCatalog } from '../ocf/agents.ts';
import { printable, table, writeJson, writeLine } from '../terminal/output.ts';

interface Options extends JsonOption {
  readonly agents?: boolean;
}

export function define(command: Command): void {
  reads(command).option('--agents', 'the OCF agents of this machine instead, which the type ocf-agent runs').action(listTypes);
  examples(
    command,
    ['andon type list', ''],
    ['andon type list --agents', 'what ocf-agent can run here'],
    ['andon type list --json', '{"types":[{"name","description","command",…}]}'],
  );
}

async function listTypes(options: Options, command: Command): Promise<void> {
  if (options.agents) return listAgents(options);
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

async function listAgents(options: Options): Promise<void> {
  const agents = await agentCatalog();
  if (options.json) return writeJson({ agents });
  const rows = agents.map(({ name, summary, refused }) => [name, refused === null ? 'yes' : 'no', printable(refused ?? summary)]);
  writeLine(table(['AGENT', 'TAKEN', 'WHAT IT MANAGES, OR WHY IT IS NOT TAKEN'], rows));
}
