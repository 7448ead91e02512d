import type { Entry } from '../support/daemon.ts';

/** A record that was written. `alive`: a recorded isAlive = true answers it too; a library knows that it failed and says no. */
export interface Written {
  readonly resource: string;
  readonly incarnation: number;
  readonly us: number;
  readonly alive: boolean;
}

function key({ resource, incarnation }: Pick<Entry, 'resource' | 'incarnation'>): string {
  return `${resource}@${incarnation}`;
}

/** What must have happened, from what the writers wrote and what the hosts were called for. It asks no daemon. */
export class Ledger {
  readonly #direct: Written[] = [];
  readonly #byLibrary: Written[] = [];
  readonly #online = new Map<string, number>();
  readonly #calls = new Map<string, Entry[]>();
  readonly #pids = new Map<string, number[]>();
  readonly #mixed = new Set<string>();

  /** What a shell wrote; the library writes down itself what it fails. */
  wrote(resource: string, incarnation: number): void {
    this.#direct.push({ resource, incarnation, us: Number(process.hrtime.bigint() / 1000n), alive: true });
  }

  /** Takes in what the hosts wrote down since the last time. */
  hear(entries: readonly Entry[]): void {
    for (const entry of entries) {
      const { event, method, resource = '', incarnation = 0, us } = entry;
      if (event !== 'call' || resource === '') continue;
      this.#servedBy(resource, entry.pid);
      if (method === 'fail') this.#byLibrary.push({ resource, incarnation, us, alive: false });
      if (method === 'online') this.#online.set(resource, incarnation);
      if (method === 'terminate' || method === 'offline') this.#online.delete(resource);
      this.#calls.set(key(entry), [...(this.#calls.get(key(entry)) ?? []), entry]);
    }
  }

  /** Incarnations that are Online as far as their hosts know. */
  get online(): ReadonlyMap<string, number> {
    return this.#online;
  }
  get records(): readonly Written[] {
    return [...this.#direct, ...this.#byLibrary];
  }
  get recordsOfShell(): number {
    return this.#direct.length;
  }

  /** Decision 8: what was written led to a terminate of that incarnation, or to an isAlive = true of it after that; or it was taken offline. */
  unanswered(): readonly string[] {
    return this.records.filter((record) => !this.#isAnswered(record)).map((record) => this.#story(record));
  }

  #story(record: Written): string {
    const calls = (this.#calls.get(key(record)) ?? []).map(({ method, us }) => `${method} at ${us} µs`);
    return `${key(record)}, written at ${record.us} µs; its calls: ${calls.join(', ')}`;
  }

  /** Incarnations that were told the same twice, of hosts that remember what they answered. */
  twice(forgetful: (resource: string) => boolean): readonly string[] {
    const found: string[] = [];
    for (const [name, calls] of this.#calls) {
      for (const method of ['online', 'terminate']) {
        const those = calls.filter((call) => call.method === method && !forgetful(call.resource ?? ''));
        if (those.length > 1) found.push(`${method} ${name} ${those.length} times`);
      }
    }
    return found;
  }

  /** Resources that two processes served in turns. */
  get servedByTwo(): readonly string[] {
    return [...this.#mixed];
  }

  /** Processes that served resources of this name, one after the other. */
  processesOf(resource: string): readonly number[] {
    return this.#pids.get(resource) ?? [];
  }

  #servedBy(resource: string, pid: number): void {
    const pids = this.#pids.get(resource) ?? [];
    if (pids.at(-1) === pid) return;
    if (pids.includes(pid)) this.#mixed.add(`${resource}: ${[...pids, pid].join(', ')}`);
    this.#pids.set(resource, [...pids, pid]);
  }

  #isAnswered(record: Written): boolean {
    const calls = this.#calls.get(key(record)) ?? [];
    return calls.some(
      ({ method, us }) => method === 'terminate' || method === 'offline' || (record.alive && method === 'isAlive' && us > record.us),
    );
  }
}
