import type { StatusDocument } from '@andon/protocol';
import type { Command } from 'commander';
import type { ControlClient } from '../client.ts';
import { examples, type JsonOption, reads } from '../command.ts';
import { withDaemon } from '../connect.ts';
import { writeJson, writeLine } from '../output.ts';

interface Options extends JsonOption {
  readonly watch?: boolean;
}

export function define(command: Command): void {
  reads(command)
    .argument('[name...]', 'resources to show in full (default: all, in a table)')
    .option('-w, --watch', 'show it again whenever something happens')
    .action(showStatus);
  examples(
    command,
    ['andon status', ''],
    ['andon status mail', 'everything about one resource'],
    ['andon status --watch', ''],
    ['andon status --json', '{"daemon":{…},"hosts":[…],"groups":[…],"resources":[…]}'],
  );
}

async function showStatus(names: string[], options: Options, command: Command): Promise<void> {
  const read = (client: ControlClient): Promise<StatusDocument> => client.request('status', names.length > 0 ? { names } : {});
  await withDaemon(command, async (client) => {
    if (options.watch) {
      const { watchStatus } = await import('../watch-status.ts');
      return watchStatus(client, () => read(client), { names, json: options.json === true });
    }
    const document = await read(client);
    if (options.json) return writeJson(document);
    const { statusText } = await import('../status-text.ts');
    writeLine(statusText(document, names));
  });
}
