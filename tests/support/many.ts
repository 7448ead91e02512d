import { fileURLToPath } from 'node:url';
import { TypeName } from '@andon/protocol';
import type { TestDaemon } from './daemon.ts';
import { journalWhen } from './host-calls.ts';

const MANY = fileURLToPath(new URL('../fixtures/hosts/many.ts', import.meta.url));
const AT_ONCE = 1_000;

/** Brings so many resources, m0, m1 …, of one quick host online. None of them is restarted. */
export async function manyOnline(daemon: TestDaemon, count: number): Promise<void> {
  const command = [process.execPath, MANY, '--journal', daemon.journalPath, '--count', String(count)];
  await daemon.client.request('typeRegister', { type: { name: TypeName.parse('many'), command } });
  const properties = { RestartAction: 'DontRestart' };
  for (let first = 0; first < count; first += AT_ONCE) {
    const resources = Array.from({ length: Math.min(AT_ONCE, count - first) }, (_, index) => ({
      name: `m${first + index}`,
      type: 'many',
      properties,
    }));
    await daemon.client.request('apply', { configuration: { types: [], groups: [], resources } as never });
  }
  for (let first = 0; first < count; first += AT_ONCE) {
    await daemon.client.request('online', {
      names: Array.from({ length: Math.min(AT_ONCE, count - first) }, (_, index) => `m${first + index}`),
    });
  }
  // Whatever the host says after this, the daemon hears after the answers to all these.
  await journalWhen(daemon, (entries) => entries.some(({ event }) => event === 'allOnline'), 60_000);
}
