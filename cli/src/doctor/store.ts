import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { errnoOf, reasonOf } from '../failure.ts';
import { span } from '../terminal/words.ts';
import { visitStore } from '../store-copy.ts';
import { type Check, fail, ok, type Patient, quoted, warn } from './check.ts';

const MEBIBYTE = 1024 * 1024;
/** Hundred thousand events of the usual length are a tenth of this. */
const LARGE_BYTES = 256 * MEBIBYTE;
const CLOCK_TOLERANCE_MS = 60_000;

interface Findings {
  readonly verdict: string;
  readonly schema: number;
  readonly events: number;
  readonly newestMs: number;
}

/** The store is examined as a copy: the original is the daemon's, and stays so. */
export async function storeChecks({ stateDir, status }: Patient): Promise<readonly Check[]> {
  const path = join(stateDir, 'andon.db');
  try {
    const bytes = (await lstat(path)).size;
    const visit = await visitStore(stateDir, examine);
    if (visit.kind === 'unread') return [warn('store', `${path} was not examined: ${visit.why}`, 'andon doctor')];
    return [integrityCheck(path, visit.result), sizeCheck(path, bytes, visit.result), clockCheck(visit.result)];
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') {
      if (status === null) return [ok('store', `${path} does not exist yet`)];
      return [fail('store', `${path} is gone, and the daemon runs with a file that has no name`, rescue(stateDir))];
    }
    if (errnoOf(error) === 'ERR_SQLITE_ERROR') return [damaged(path, reasonOf(error))];
    return [warn('store', `${path}: ${reasonOf(error)}`, `Do it as the user that runs the daemon: sudo andon doctor`)];
  }
}

function examine(database: DatabaseSync): Findings {
  const verdict = database
    .prepare('PRAGMA quick_check(3)')
    .all()
    .map((row) => String(row['quick_check']))
    .join('; ');
  const schema = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
  if (verdict !== 'ok' || schema < 1) return { verdict, schema, events: 0, newestMs: 0 };
  const row = database.prepare('SELECT count(*) AS events, max(wall_ms) AS newest FROM events').get();
  return { verdict, schema, events: Number(row?.['events']), newestMs: Number(row?.['newest'] ?? 0) };
}

function integrityCheck(path: string, { verdict, schema }: Findings): Check {
  if (verdict !== 'ok') return damaged(path, verdict);
  if (schema < 1) return damaged(path, 'it is a database, but not one of andon');
  return ok('store', `${path} is sound (schema ${schema})`);
}

function damaged(path: string, reason: string): Check {
  return fail(
    'store',
    `${path} is damaged: ${reason}`,
    `Save the configuration while the daemon runs: andon export > exported.toml; then move the store away: mv ${quoted(path)} ${quoted(`${path}.damaged`)}`,
  );
}

function rescue(stateDir: string): string {
  return `Save the configuration now: andon export > exported.toml; then: andon down; ls -l ${quoted(stateDir)}`;
}

function sizeCheck(path: string, bytes: number, { events }: Findings): Check {
  const detail = `${events} events, ${Math.ceil(bytes / MEBIBYTE)} MiB`;
  if (bytes < LARGE_BYTES) return ok('history', detail);
  return warn('history', `${detail}: larger than the events account for`, `With no daemon running: sqlite3 ${quoted(path)} VACUUM`);
}

/** Ages of events, incidents and failures are reckoned by this clock. */
function clockCheck({ newestMs }: Findings): Check {
  const aheadMs = newestMs - Date.now();
  if (aheadMs <= CLOCK_TOLERANCE_MS) return ok('clock', new Date().toISOString());
  return warn('clock', `it was set back: the newest event is ${span(aheadMs)} in the future`, 'timedatectl status');
}
