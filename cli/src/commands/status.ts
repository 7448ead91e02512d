import type { Command } from 'commander';
import { examples, reads } from '../command.ts';
import { withDaemon } from '../connection/connect.ts';
import { readStatus, type StatusOptions, statusWords } from '../status/read-status.ts';
import { writeJson, writeLine } from '../terminal/output.ts';

export function define(command: Command): void {
  reads(command)
    .argument('[name...]', 'resources to show in full, with what they depend on (default: all, as a tree)')
    .option('-w, --watch', 'show it again whenever something happens')
    .option('--failed', 'only what is in trouble: failed, unknown, or waiting for such a one')
    .option('--group <group>', 'only resources of this group')
    .option('--flat', 'a table with one resource a line')
    .action(showStatus);
  examples(
    command,
    ['andon status', ''],
    ['andon status mail', 'everything about one resource'],
    ['andon status --failed', 'of many resources those that need somebody'],
    ['andon status --watch', ''],
    ['andon status --flat | grep Failed', ''],
    ['andon status --json', '{"daemon":{…},"hosts":[…],"groups":[…],"resources":[…]}'],
  );
}

async function showStatus(names: string[], options: StatusOptions, command: Command): Promise<void> {
  await withDaemon(command, async (client) => {
    if (options.watch) {
      const { watchStatus } = await import('../status/watch-status.ts');
      return watchStatus(client, names, options);
    }
    if (options.json) return writeJson(await readStatus(client, names, options));
    // Loaded while the daemon answers.
    const [document] = await Promise.all([readStatus(client, names, options), import('../status/status-text.ts')]);
    writeLine(await statusWords(client, document, names, options));
  });
}
