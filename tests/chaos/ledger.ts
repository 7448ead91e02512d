import { appendFileSync, closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const LedgerEntry = z.object({
  us: z.number(),
  pid: z.int(),
  /** `online` … `isAlive`: an entry point ran. `record`: about to be written. `double`: the thing existed already. Others: the driver. */
  what: z.enum(['ready', 'online', 'offline', 'terminate', 'isAlive', 'record', 'double', 'asked', 'paused', 'killed', 'fault']),
  resource: z.string(),
  incarnation: z.int(),
  writer: z.string().optional(),
  isAlive: z.boolean().optional(),
  holder: z.int().optional(),
  text: z.string().optional(),
});
export type LedgerEntry = z.infer<typeof LedgerEntry>;

export function nowUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

/** What really happened, written by hosts and driver, never by the daemon: one line a fact, each appended in one write. */
export class Ledger {
  readonly path: string;
  readonly entries: LedgerEntry[] = [];
  readonly #fd: number;
  #offset = 0;
  #rest = '';

  constructor(folder: string) {
    this.path = join(folder, 'ledger');
    appendFileSync(this.path, '');
    this.#fd = openSync(this.path, 'r');
  }

  enter(what: LedgerEntry['what'], fields: Partial<LedgerEntry> = {}): void {
    const entry = { us: nowUs(), pid: process.pid, what, resource: '', incarnation: 0, ...fields };
    appendFileSync(this.path, `${JSON.stringify(entry)}\n`);
  }

  /** Reads what was appended since the last time; answers only that. */
  read(): readonly LedgerEntry[] {
    const chunk = Buffer.alloc(1 << 20);
    const fresh: LedgerEntry[] = [];
    for (let size = 1; size > 0;) {
      size = readSync(this.#fd, chunk, 0, chunk.length, this.#offset);
      this.#offset += size;
      const lines = (this.#rest + chunk.toString('utf8', 0, size)).split('\n');
      this.#rest = lines.pop() ?? '';
      fresh.push(...lines.map((line) => LedgerEntry.parse(JSON.parse(line))));
    }
    this.entries.push(...fresh);
    return fresh;
  }

  close(): void {
    closeSync(this.#fd);
  }
}
