// A resource type on andon's library for Node that enters in the ledger CHAOS_LEDGER what really happens to its resources.
// On SIGUSR2 it fails those that stand in CHAOS_ORDERS/PID, one name a line.
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { defineResourceType, event, type Resource } from '@andon/resource-host';

const { CHAOS_LEDGER = '', CHAOS_ORDERS = '', CHAOS_CLAIMS = '', CHAOS_TYPE = '' } = process.env;
/** One resource in four needs so long to come online, so that faults meet onlines under way. */
const SLOW_ONLINE_MS = 15;

type Any = Resource<never, unknown>;
const online = new Map<string, Any>();

function enter(what: string, resource: Any | null, more: object = {}): void {
  const us = Number(process.hrtime.bigint() / 1000n);
  const [name = '', incarnation = 0] = resource?.failureRecord.split('@') ?? [];
  appendFileSync(
    CHAOS_LEDGER,
    `${JSON.stringify({ us, pid: process.pid, what, resource: name, incarnation: Number(incarnation), ...more })}\n`,
  );
}

/** The thing itself: there must not be two of it. Whoever finds that another still has it says so. */
function claim(resource: Any): void {
  const path = join(CHAOS_CLAIMS, resource.name);
  const holder = Number(readOr(path, '0'));
  if (holder !== 0 && runs(holder)) enter('double', resource, { holder });
  writeFileSync(path, String(process.pid));
}

function giveUp(resource: Any): void {
  online.delete(resource.name);
  rmSync(join(CHAOS_CLAIMS, resource.name), { force: true });
}

function runs(pid: number): boolean {
  const state = /\) (\S)/.exec(readOr(`/proc/${pid}/stat`, ''))?.[1];
  return state !== undefined && state !== 'Z' && state !== 'X';
}

function readOr(path: string, absent: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return absent;
  }
}

process.on('SIGUSR2', () => {
  for (const name of readOr(join(CHAOS_ORDERS, String(process.pid)), '').split('\n')) {
    const resource = online.get(name);
    if (!resource) continue;
    enter('record', resource, { writer: 'library' });
    resource.fail('ordered');
  }
});
enter('ready', null);

export default defineResourceType({
  name: CHAOS_TYPE,
  async online(given) {
    const resource = given as Any;
    enter('online', resource);
    claim(resource);
    if (Number(resource.name.split('-').at(-1)) % 4 === 0) await pause(SLOW_ONLINE_MS);
    if (given.signal.aborted) throw new Error('overtaken');
    online.set(resource.name, resource);
    return event();
  },
  offline(given) {
    enter('offline', given as Any);
    giveUp(given as Any);
  },
  terminate(given) {
    enter('terminate', given as Any);
    giveUp(given as Any);
  },
  isAlive(given) {
    const isAlive = online.has(given.name);
    enter('isAlive', given as Any, { isAlive });
    return isAlive;
  },
});
