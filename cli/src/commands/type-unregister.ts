import type { Command } from 'commander';
import { acts, examples, finish, type JsonOption } from '../command.ts';
import { withDaemon } from '../connection/connect.ts';
import { note } from '../terminal/output.ts';

export function define(command: Command): void {
  acts(command).argument('<name>', 'type').action(unregisterType);
  examples(command, ['andon type unregister worker', 'refused while a resource is of this type']);
}

async function unregisterType(name: string, options: JsonOption, command: Command): Promise<void> {
  const { warnings } = await withDaemon(command, (client) => client.request('typeUnregister', { name }));
  for (const warning of warnings) note(`warning: ${warning}`);
  finish(options, { name, warnings }, `type ${name} unregistered`);
}
