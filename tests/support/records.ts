import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { AndonEvent } from '@andon/protocol';
import type { TestDaemon } from './daemon.ts';

/** Path of a host's event handle, by the rule of protocol.md 7.1. */
export function pipeOf(daemon: TestDaemon, host: string): string {
  return join(daemon.folder, 'run', 'ev', host);
}

/** Writes to an event handle as a shell would. Throws when nobody reads it or it is full. */
export function writeTo(path: string, text: string | Uint8Array): void {
  const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  try {
    const bytes = Buffer.from(text);
    if (writeSync(fd, bytes) !== bytes.length) throw new Error(`${path} is full`);
  } finally {
    closeSync(fd);
  }
}

/** The event that `name` is Online under this incarnation. */
export function onlineAs(daemon: TestDaemon, name: string, incarnation: number, limitMs?: number): Promise<AndonEvent> {
  return daemon.client.event((event) => event.kind === 'online' && event.resource === name && event.incarnation === incarnation, limitMs);
}

/** What a daemon counted on a host's event handles. */
export async function recordCounts(daemon: TestDaemon, host: string) {
  const { hosts } = await daemon.client.request('hostList', {});
  const found = hosts.find(({ id }) => id === host);
  if (!found) throw new Error(`no host ${host}`);
  return found.records;
}
