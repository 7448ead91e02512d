import type { Command } from 'commander';
import { acts, examples, finish, type JsonOption } from '../command.ts';
import { withDaemon } from '../connection/connect.ts';

export function define(command: Command): void {
  acts(command).argument('<host>', 'host, as in andon host list').action(unquarantine);
  examples(command, ['andon logs mail', 'why it kept dying'], ['andon host unquarantine mail', 'let it start again']);
}

async function unquarantine(host: string, options: JsonOption, command: Command): Promise<void> {
  await withDaemon(command, (client) => client.request('hostUnquarantine', { host }));
  finish(options, { host }, `host ${host} may start again`);
}
