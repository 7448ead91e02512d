import { StoreTrouble } from '../../ports/index.ts';

/** Primary result codes of SQLite that blame the disk, not the caller. */
const DISK_TROUBLE: ReadonlyMap<number, string> = new Map([
  [5, 'another process holds it (SQLITE_BUSY)'],
  [6, 'another process holds it (SQLITE_LOCKED)'],
  [8, 'it is read-only (SQLITE_READONLY)'],
  [10, 'the disk fails (SQLITE_IOERR)'],
  [11, 'it is damaged (SQLITE_CORRUPT)'],
  [13, 'the disk is full (SQLITE_FULL)'],
  [14, 'it cannot be opened (SQLITE_CANTOPEN)'],
  [26, 'it is damaged (SQLITE_NOTADB)'],
]);
const DAMAGED: ReadonlySet<number> = new Set([11, 26]);

/** Extended codes keep the primary one in their low byte. */
function primaryCode(error: unknown): number {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : 0;
}

export function isDamage(error: unknown): boolean {
  return DAMAGED.has(primaryCode(error));
}

/** The error to throw instead: disk trouble as `StoreTrouble`, anything else as it is. */
export function asStoreTrouble(error: unknown): unknown {
  const reason = DISK_TROUBLE.get(primaryCode(error));
  return reason === undefined ? error : new StoreTrouble(reason, { cause: error });
}
