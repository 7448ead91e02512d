import { copyFile, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { errnoOf } from './failure.ts';

/** How often a copy is made anew because the daemon wrote meanwhile. */
const TRIES = 4;
/** A larger one is not copied: it would fill the disk that holds temporary files. */
const LARGEST_BYTES = 512 * 1024 * 1024;

export type StoreVisit<T> = { readonly kind: 'read'; readonly result: T } | { readonly kind: 'unread'; readonly why: string };

/**
 * Lets `look` read a copy of the store. The daemon holds the store itself locked, and whoever opened it could lock out the next
 * daemon; a copy asks nobody. Resolves to why not when there is none, or when it kept changing.
 */
export async function visitStore<T>(stateDir: string, look: (database: DatabaseSync) => T): Promise<StoreVisit<T>> {
  const path = join(stateDir, 'andon.db');
  const folder = await mkdtemp(join(tmpdir(), 'andon-store-'));
  try {
    const why = await copyUnchanged(path, join(folder, 'andon.db'));
    if (why !== null) return { kind: 'unread', why };
    const { DatabaseSync } = await import('node:sqlite');
    const database = new DatabaseSync(join(folder, 'andon.db'));
    try {
      return { kind: 'read', result: look(database) };
    } finally {
      database.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Null once both files are copied as they were at one moment: a checkpoint in between changes the store itself. */
async function copyUnchanged(path: string, copy: string): Promise<string | null> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const before = await stat(path, { bigint: true });
    if (before.size > BigInt(LARGEST_BYTES)) return `it has ${before.size} bytes, too many to copy`;
    await copyFile(path, copy);
    await rm(`${copy}-wal`, { force: true });
    await copyFile(`${path}-wal`, `${copy}-wal`).catch((error: unknown) => {
      if (errnoOf(error) !== 'ENOENT') throw error;
    });
    const after = await stat(path, { bigint: true });
    if (before.mtimeNs === after.mtimeNs && before.size === after.size) return null;
  }
  return 'the daemon writes to it all the time';
}
