import type { Command } from 'commander';
import { acts, examples, finish, type JsonOption } from '../command.ts';
import { withDaemon } from '../connection/connect.ts';

interface Options extends JsonOption {
  readonly description?: string;
}

export function define(command: Command): void {
  acts(command).argument('<name>', 'group').option('--description <text>', 'what the group is for').action(addGroup);
  examples(command, ['andon group add shop --description "web shop"', ''], ['andon resource add web --type worker --group shop', '']);
}

async function addGroup(name: string, options: Options, command: Command): Promise<void> {
  await withDaemon(command, (client) => client.request('groupAdd', { group: { name, description: options.description ?? '' } }));
  finish(options, { name }, `group ${name} added`);
}
