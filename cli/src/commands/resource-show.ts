import type { Command } from 'commander';
import { examples, type JsonOption, reads } from '../command.ts';
import { withDaemon } from '../connection/connect.ts';
import { facts, writeJson, writeLine } from '../terminal/output.ts';
import { resourceFacts } from '../status/resource-facts.ts';
import { settings } from '../terminal/settings-text.ts';

export function define(command: Command): void {
  reads(command).argument('<name>', 'resource').action(showResource);
  examples(command, ['andon resource show mail', ''], ['andon resource show mail --json', '{"definition":…,"status":…}']);
}

async function showResource(name: string, options: JsonOption, command: Command): Promise<void> {
  const shown = await withDaemon(command, (client) => client.request('resourceShow', { name }));
  if (options.json) return writeJson(shown);
  const { definition, source, status } = shown;
  const configured = facts([
    ['set', settings(definition.set)],
    ['properties', settings(definition.properties)],
    ['source', source ?? 'given by command'],
  ]);
  writeLine([resourceFacts(status), configured].filter((part) => part !== '').join('\n'));
}
