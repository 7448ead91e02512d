import { createHash, randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { uptime } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { ApplicationProperties } from './properties.ts';

const Identity = z.object({ pid: z.int().min(1), startTime: z.number(), bootId: z.string() });

/**
 * What is written of an application so that another host finds it: first with `process: null`, before it is started, so that
 * a host killed in between leaves the marker by which the process can be found; then with the process. What has a default here
 * is not in the files of earlier versions.
 */
const ApplicationRecord = z.object({
  version: z.literal(1),
  incarnation: z.number(),
  command: z.string(),
  /** Of everything that would make a running application another one than is wanted. */
  digest: z.string(),
  /** A line of its environment that no other process has. */
  marker: z.string(),
  process: Identity.nullable(),
  /** Directory of the cgroup that was made for it. */
  cgroup: z.string().nullable().default(null),
  /** Under whose number it runs. */
  uid: z.int().default(0),
  /** Milliseconds since 1970, and how long its log was: what is older says nothing of its readiness. */
  startedAt: z.number().default(0),
  logBytes: z.number().default(0),
  isReady: z.boolean().default(true),
});
export type ApplicationRecord = z.infer<typeof ApplicationRecord>;

export const MARKER_NAME = 'ANDON_APPLICATION';

/** Two daemons of one machine may both have a web-1@1. */
export function newMarker(failureRecord: string): string {
  return `${MARKER_NAME}=${failureRecord}/${randomBytes(8).toString('hex')}`;
}

/** The part of a marker that also names whatever else belongs to this start and no other. */
export function uniqueOf(marker: string): string {
  return marker.slice(marker.lastIndexOf('/') + 1);
}

/** What was added later counts only where it is set: an application of an earlier version is still the one that is wanted. */
export function digestOf({ command, args, cwd, env, user, envFile, limits }: ApplicationProperties): string {
  const parts: unknown[] = [command, args, cwd, Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1)), user ?? null];
  if (envFile !== undefined || limits !== undefined) parts.push(envFile ?? null, limits ?? null);
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** A file of one page is overwritten in place: that takes no room on a full disk, and a host that is killed leaves all of it or nothing. */
const PAGE_BYTES = 4_096;

/**
 * The file of one application. It stays, with `null` in it, while nothing runs: a full disk must not keep a program from being
 * started again. A resource name is a safe file name by its grammar.
 */
export class RecordFile {
  readonly #path: string;

  constructor(stateDirectory: string, resource: string) {
    this.#path = join(stateDirectory, 'applications', `${resource}.json`);
  }

  /** Undefined when there is none. Throws when it is damaged, because then a running application would not be found. */
  read(): ApplicationRecord | undefined {
    const stats = statSync(this.#path, { throwIfNoEntry: false });
    if (!stats) return undefined;
    try {
      return ApplicationRecord.nullable().parse(JSON.parse(readFileSync(this.#path, 'utf8'))) ?? undefined;
    } catch (cause) {
      // A loss of power may leave half a file, but nothing that still runs.
      if (stats.mtimeMs < Date.now() - uptime() * 1_000) return undefined;
      throw new Error(`${this.#path} is damaged; end what it may have started, then remove it`, { cause });
    }
  }

  /** Whole or not at all. Synchronous: it must stand before the next thing happens. */
  write(record: ApplicationRecord): void {
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
    this.#put(JSON.stringify(record));
  }

  /** Nothing of the application runs. */
  clear(): void {
    if (existsSync(this.#path)) this.#put('null');
  }

  remove(): void {
    rmSync(this.#path, { force: true });
  }

  #put(json: string): void {
    const bytes = Buffer.alloc(Math.max(PAGE_BYTES, Buffer.byteLength(json)), ' ');
    bytes.write(json);
    const size = statSync(this.#path, { throwIfNoEntry: false })?.size;
    if (size === PAGE_BYTES && bytes.length === PAGE_BYTES) return overwrite(this.#path, bytes);
    const draft = `${this.#path}.new`;
    writeFileSync(draft, bytes, { mode: 0o600 });
    renameSync(draft, this.#path);
  }
}

function overwrite(path: string, bytes: Buffer): void {
  const fd = openSync(path, 'r+');
  try {
    writeSync(fd, bytes, 0, bytes.length, 0);
  } finally {
    closeSync(fd);
  }
}
