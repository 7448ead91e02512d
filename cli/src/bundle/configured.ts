import type { DatabaseSync } from 'node:sqlite';
import { type AndonEvent, Configuration } from '@andon/protocol';
import type { ControlClient } from '../connection/client.ts';
import { reasonOf } from '../failure.ts';
import { visitStore } from '../store-copy.ts';
import { isRecord } from '@andon/protocol/json';

export const MOST_EVENTS = 20_000;
const PAGE = 1_000;

/** What the store tells of the daemon, whether or not one runs. */
export interface Stored {
  readonly configuration: Configuration | null;
  readonly events: readonly AndonEvent[];
  /** Tokens of hosts: never shown, only known so that they are found elsewhere. */
  readonly tokens: readonly string[];
  readonly warning: string | null;
}

export async function readStored(stateDir: string): Promise<Stored> {
  const nothing = { configuration: null, events: [], tokens: [] };
  try {
    const visit = await visitStore(stateDir, readAll);
    return visit.kind === 'read' ? visit.result : { ...nothing, warning: `the store was not read: ${visit.why}` };
  } catch (error) {
    return { ...nothing, warning: `the store was not read: ${reasonOf(error)}` };
  }
}

function readAll(database: DatabaseSync): Stored {
  const texts = (query: string, column: string): string[] =>
    database
      .prepare(query)
      .all()
      .map((row) => String(row[column]));
  const definitions = (table: string): unknown[] =>
    texts(`SELECT definition FROM "${table}" ORDER BY rowid`, 'definition').map((text) => JSON.parse(text));
  const parsed = Configuration.safeParse({
    types: definitions('types'),
    groups: definitions('groups'),
    resources: definitions('resources'),
  });
  const hosts = texts('SELECT record FROM hosts', 'record').map((text): unknown => JSON.parse(text));
  return {
    configuration: parsed.success ? parsed.data : null,
    tokens: hosts.flatMap((host) => (isRecord(host) && typeof host['token'] === 'string' ? [host['token']] : [])),
    events: database
      .prepare(`SELECT * FROM (SELECT * FROM events ORDER BY seq DESC LIMIT ${MOST_EVENTS}) ORDER BY seq`)
      .all()
      .map(({ wall_ms: _wall, fields, ...head }) => ({ ...head, ...JSON.parse(String(fields)) })),
    warning: parsed.success ? null : 'the configuration in the store does not fit this version of andon, and was left out',
  };
}

/** The newest events as the daemon has them: more than the disk when that is full. */
export async function readEvents(client: ControlClient, newestSeq: number): Promise<AndonEvent[]> {
  const events: AndonEvent[] = [];
  let afterSeq = Math.max(0, newestSeq - MOST_EVENTS);
  for (;;) {
    const page = await client.request('events', { afterSeq, limit: PAGE });
    events.push(...page.events);
    const last = page.events.at(-1);
    if (!page.more || !last) return events;
    afterSeq = last.seq;
  }
}
