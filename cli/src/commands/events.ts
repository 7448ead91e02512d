import type { Command } from 'commander';
import { examples, type JsonOption, reads } from '../command.ts';
import { withDaemon } from '../connect.ts';

export interface EventOptions extends JsonOption {
  readonly follow?: boolean;
  readonly since?: string;
  readonly resource?: string;
}

export function define(command: Command): void {
  reads(command)
    .option('-f, --follow', 'go on with what happens from now on')
    .option('--since <length>', 'begin this far back, for example 30s, 5m, 2h, 1d (default: all that is kept; with --follow: now)')
    .option('--resource <name>', 'only what concerns this resource')
    .action(showEvents);
  examples(
    command,
    ['andon events --since 5m', ''],
    ['andon events --follow --resource mail', ''],
    ['andon events --json', '{"events":[{"seq","at","kind","resource","host","incarnation",…}]}'],
    ['andon events --follow --json', 'one object a line'],
  );
}

async function showEvents(options: EventOptions, command: Command): Promise<void> {
  const { followEvents, listEvents } = await import('../event-reader.ts');
  await withDaemon(command, (client) => (options.follow ? followEvents(client, options) : listEvents(client, options)));
}
