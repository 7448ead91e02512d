import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { Log, Unsaved, UnsavedNotes } from '../../ports/index.ts';
import { StoredHostRecord } from './rows.ts';

const NOTHING: Unsaved = { hosts: [], goneHosts: [], incarnations: {} };

const Notes = z.object({
  hosts: z.array(StoredHostRecord),
  goneHosts: z.array(z.string()),
  incarnations: z.record(z.string(), z.int()),
});

/** The notes as a file in the runtime directory, which is a memory of its own on most machines. It holds tokens: nobody else reads it. */
export class UnsavedFile implements UnsavedNotes {
  readonly #path: string;
  readonly #log: Log;

  constructor(path: string, log: Log) {
    this.#path = path;
    this.#log = log;
  }

  read(): Unsaved {
    try {
      return Notes.parse(JSON.parse(readFileSync(this.#path, 'utf8')));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT'))
        this.#log.error({ path: this.#path, reason: String(error) }, 'what an earlier daemon noted beside its store cannot be read');
      return NOTHING;
    }
  }

  keep(unsaved: Unsaved): boolean {
    try {
      if (isNothing(unsaved)) rmSync(this.#path, { force: true });
      else this.#replace(JSON.stringify(unsaved));
      return true;
    } catch {
      return false;
    }
  }

  /** A daemon that dies now leaves the old text or the new one. */
  #replace(text: string): void {
    const fresh = `${this.#path}.new`;
    rmSync(fresh, { force: true });
    writeFileSync(fresh, text, { mode: 0o600, flag: 'wx' });
    renameSync(fresh, this.#path);
  }
}

function isNothing({ hosts, goneHosts, incarnations }: Unsaved): boolean {
  return hosts.length + goneHosts.length + Object.keys(incarnations).length === 0;
}
