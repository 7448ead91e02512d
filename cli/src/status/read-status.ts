import type { StatusDocument } from '@andon/protocol';
import type { JsonOption } from '../command.ts';
import type { ControlClient } from '../connection/client.ts';

export interface StatusOptions extends JsonOption {
  readonly watch?: boolean;
  readonly failed?: boolean;
  readonly group?: string;
  readonly flat?: boolean;
}

/** What the daemon says, of the resources that were asked for. */
export async function readStatus(client: ControlClient, names: readonly string[], options: StatusOptions): Promise<StatusDocument> {
  const document = await client.request('status', names.length > 0 ? { names: [...names] } : {});
  if (!options.json || (!options.failed && options.group === undefined)) return document;
  const { visibleNames } = await import('./status-filter.ts');
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
  const visible = isFiltered ? (await import('./status-filter.ts')).visibleNames(document, options) : null;
  if (options.flat) {
    const { flatStatus } = await import('./flat-status.ts');
    return flatStatus(document.resources.filter(({ name }) => visible?.has(name) ?? true));
  }
  if (names.length === 0) return (await import('./status-text.ts')).statusText(document, visible);
  const { resourcesText } = await import('./resource-report.ts');
  // Their dependencies, and who depends on them, may be any others.
  const { resources } = await client.request('status', {});
  return resourcesText(resources, names);
}
