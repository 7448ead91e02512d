import type { StatusDocument } from '@andon/protocol';
import type { Command } from 'commander';
import type { ControlClient } from '../connection/client.ts';
import { examples, type JsonOption, reads } from '../command.ts';
import { withDaemon } from '../connection/connect.ts';
import { writeJson, writeLine } from '../terminal/output.ts';

export interface StatusOptions extends JsonOption {
  readonly watch?: boolean;
  readonly failed?: boolean;
  readonly group?: string;
  readonly flat?: boolean;
}

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

/** What the daemon says, of the resources that were asked for. */
export async function readStatus(client: ControlClient, names: readonly string[], options: StatusOptions): Promise<StatusDocument> {
  const document = await client.request('status', names.length > 0 ? { names: [...names] } : {});
  if (!options.json || (!options.failed && options.group === undefined)) return document;
  const { visibleNames } = await import('../status/status-filter.ts');
  const visible = visibleNames(document, options);
  return { ...document, resources: document.resources.filter(({ name }) => visible.has(name)) };
}

export async function statusWords(
  client: ControlClient,
  document: StatusDocument,
  names: readonly string[],
  options: StatusOptions,
): Promise<string> {
  const isFiltered = options.failed === true || options.group !== undefined;
  const visible = isFiltered ? (await import('../status/status-filter.ts')).visibleNames(document, options) : null;
  if (options.flat) {
    const { flatStatus } = await import('../status/flat-status.ts');
    return flatStatus(document.resources.filter(({ name }) => visible?.has(name) ?? true));
  }
  if (names.length === 0) return (await import('../status/status-text.ts')).statusText(document, visible);
  const { resourcesText } = await import('../status/resource-report.ts');
  // Their dependencies, and who depends on them, may be any others.
  const { resources } = await client.request('status', {});
  return resourcesText(resources, names);
}
