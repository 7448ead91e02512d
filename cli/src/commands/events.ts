import type { Command } from 'commander';
import { collect, examples, reads } from '../command.ts';
import { withDaemon } from '../connection/connect.ts';
import type { EventOptions } from '../events/event-options.ts';

export function define(command: Command): void {
  reads(command)
    .option('-f, --follow', 'go on with what happens from now on')
    .option(
      '--since <when>',
      'begin at this time or this far back: 22:15, "2026-11-22 22:15", 30s, 5m, 2h, 1d (default: all that is kept; with --follow: now)',
    )
    .option('--until <when>', 'end at this time')
    .option('--resource <resource>', 'only what concerns this resource; may be repeated', collect)
    .option('--host <host>', 'only what concerns this host; may be repeated', collect)
    .option('--kind <kind>', 'only events of this kind; may be repeated', collect)
    .option('--failures', 'only failures, and what was done about them')
    .option('-n, --lines <count>', 'only the newest so many; a failure with all that was done counts once')
    .option('--plain', 'one event a line, in the order of their numbers')
    .action(showEvents);
  examples(
    command,
    ['andon events --failures --since 1h', 'what failed, who said so, what was done, how long it took'],
    ['andon events --since 22:00 --until 22:30', ''],
    ['andon events --follow --resource mail --resource db', ''],
    ['andon events --plain --kind hostExited --kind deadlock', ''],
    ['andon events -n 20', ''],
    ['andon events --json', '{"events":[{"seq","at","kind","resource","host","incarnation",…}]}'],
    ['andon events --follow --json', 'one object a line'],
  );
}

async function showEvents(options: EventOptions, command: Command): Promise<void> {
  const { followEvents, listEvents } = await import('../events/event-reader.ts');
  await withDaemon(command, async (client) => (options.follow ? followEvents(client, options) : listEvents(client, options)));
}
