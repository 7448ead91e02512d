import type { Command } from 'commander';
import { acts, examples, finish, type JsonOption } from '../command.ts';
import { withDaemon } from '../connection/connect.ts';
import { note } from '../terminal/output.ts';

interface Options extends JsonOption {
  readonly force?: boolean;
}

export function define(command: Command): void {
  acts(command).argument('<name>', 'resource').option('--force', 'even if it is online: it is taken offline first').action(removeResource);
  examples(command, ['andon resource remove mail', ''], ['andon resource remove mail --force', 'even while it is Online']);
}

async function removeResource(name: string, options: Options, command: Command): Promise<void> {
  const { warnings } = await withDaemon(command, (client) =>
    client.request('resourceRemove', { name, force: options.force === true }, OFFLINE_LIMIT_MS),
  );
  for (const warning of warnings) note(`warning: ${warning}`);
  finish(options, { name, warnings }, `resource ${name} removed`);
}

/** With --force the daemon takes it offline before it answers; that has limits of its own. */
const OFFLINE_LIMIT_MS = 600_000;
