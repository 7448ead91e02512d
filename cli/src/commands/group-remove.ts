import type { Command } from 'commander';
import { acts, examples, finish, type JsonOption } from '../command.ts';
import { withDaemon } from '../connection/connect.ts';
import { note } from '../terminal/output.ts';

interface Options extends JsonOption {
  readonly force?: boolean;
}

export function define(command: Command): void {
  acts(command).argument('<name>', 'group').option('--force', 'even if it holds resources: they stay, without a group').action(removeGroup);
  examples(command, ['andon group remove shop', ''], ['andon group remove shop --force', 'its resources stay, without a group']);
}

async function removeGroup(name: string, options: Options, command: Command): Promise<void> {
  const { warnings } = await withDaemon(command, (client) => client.request('groupRemove', { name, force: options.force === true }));
  for (const warning of warnings) note(`warning: ${warning}`);
  finish(options, { name, warnings }, `group ${name} removed`);
}
