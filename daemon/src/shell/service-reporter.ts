import type { ResourceState } from '@andon/protocol';
import { publicState } from '../core/life-cycle/phases.ts';
import type { Clock, Log, ServiceManager, Timer } from '../ports/index.ts';
import type { ManagedResource } from './monitor/managed-resource.ts';

/** A busy daemon tells of its resources no more often than this. */
const STATUS_EVERY_MS = 1_000;
/** The watchdog is fed twice in its time, as sd_watchdog_enabled(3) advises. */
const PINGS_PER_WATCHDOG = 2;
/** A loop that stood still for longer than this delayed the answer to a failure by as much. */
const STANDSTILL_MS = 1_000;
const NAMES_TOLD = 3;

/** Told first, since it is what somebody reads the line for. */
const ORDER: readonly ResourceState[] = ['Failed', 'Initializing', 'OnlinePending', 'OfflinePending', 'Unknown', 'Online', 'Offline'];
const TROUBLE: ReadonlySet<ResourceState> = new Set<ResourceState>(['Failed', 'Unknown']);

export interface ReporterParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly manager: ServiceManager;
  readonly resources: () => Iterable<ManagedResource>;
}

/** Tells the service manager how the daemon and its resources are. */
export class ServiceReporter {
  readonly #parts: ReporterParts;
  #told = '';
  #next: Timer | undefined;
  #prefix = '';

  constructor(parts: ReporterParts) {
    this.#parts = parts;
  }

  /** Administrators are answered from now on. */
  ready(): void {
    const { manager } = this.#parts;
    this.#told = this.#line();
    manager.ready(this.#told);
    if (manager.watchdogMs !== null) this.#checkLoop(manager.watchdogMs / PINGS_PER_WATCHDOG);
  }

  /** Something about a resource is other than before. */
  changed(): void {
    if (this.#next !== undefined || this.#parts.manager.kind === null) return;
    this.#next = this.#parts.clock.after(STATUS_EVERY_MS, () => {
      this.#next = undefined;
      this.#tell();
    });
  }

  /** The configuration is read anew while `action` runs. */
  async reloading<T>(action: () => Promise<T>): Promise<T> {
    const { manager } = this.#parts;
    manager.reloading();
    try {
      return await action();
    } finally {
      this.#told = this.#line();
      manager.ready(this.#told);
    }
  }

  stopping(limitMs: number): void {
    this.#prefix = 'stopping; ';
    this.#parts.manager.stopping(limitMs);
    this.#tell();
  }

  #tell(): void {
    const line = this.#line();
    if (line === this.#told) return;
    this.#told = line;
    this.#parts.manager.status(line);
  }

  /** The watchdog is fed by a whole turn of the loop: its timers, then all that can be read, then this. */
  #checkLoop(everyMs: number): void {
    const { clock, log, manager } = this.#parts;
    const dueMs = clock.monotonicMs() + everyMs;
    clock.after(everyMs, () => {
      clock.afterReading(() => {
        manager.alive();
        const lateMs = Math.round(clock.monotonicMs() - dueMs);
        if (lateMs > STANDSTILL_MS) log.warn({ lateMs }, 'the event loop stood still');
        this.#checkLoop(everyMs);
      });
    });
  }

  #line(): string {
    return `${this.#prefix}${summary([...this.#parts.resources()])}`;
  }
}

/** `12 resources: 1 Failed (web), 11 Online` */
export function summary(resources: readonly ManagedResource[]): string {
  const byState = new Map<ResourceState, string[]>();
  for (const { name, instance } of resources) {
    const state = publicState(instance);
    byState.set(state, [...(byState.get(state) ?? []), name]);
  }
  const counts = ORDER.flatMap((state) => {
    const names = byState.get(state);
    return names ? [`${names.length} ${state}${TROUBLE.has(state) || state.endsWith('Pending') ? ` (${few(names)})` : ''}`] : [];
  });
  const total = `${resources.length} resource${resources.length === 1 ? '' : 's'}`;
  return counts.length === 0 ? total : `${total}: ${counts.join(', ')}`;
}

function few(names: readonly string[]): string {
  const rest = names.length - NAMES_TOLD;
  return `${names.slice(0, NAMES_TOLD).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
