import { RESTART_EXIT_CODE, STOP_GRACE_MS } from '@andon/protocol';
import type { Phase } from '../core/life-cycle/phases.ts';
import type { Clock } from '../ports/index.ts';
import type { Ending } from './administration/context.ts';
import type { HostDirectory } from './hosts/host-directory.ts';
import type { Coordinator } from './monitor/coordinator.ts';
import type { Journal } from './monitor/journal.ts';
import type { Monitor } from './monitor/monitor.ts';
import type { Registry } from './monitor/registry.ts';
import type { ServiceReporter } from './service-reporter.ts';

const AT_REST: ReadonlySet<Phase> = new Set<Phase>(['closed', 'offline', 'failed']);

export interface ShutdownParts {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly registry: Registry;
  readonly coordinator: Coordinator;
  readonly monitor: Monitor;
  readonly hosts: HostDirectory;
  readonly reporter: ServiceReporter;
  /** How long resources may take to go offline. */
  limitMs(): number;
  /** Everything has ended, and the process is to end with this code. */
  ended(exitCode: number): void;
}

/** The end of a daemon: with its resources, or without them. */
export class Shutdown {
  readonly #parts: ShutdownParts;
  #hasBegun = false;

  constructor(parts: ShutdownParts) {
    this.#parts = parts;
  }

  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Takes everything offline in order and ends the hosts; wanted states stay. With `leaveResources` all of them run on. */
  begin(reason: string, { leaveResources, restart }: Ending): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    const { clock, journal, reporter } = this.#parts;
    journal.publish('daemonStopping', { reason });
    const limitMs = this.#parts.limitMs();
    reporter.stopping(limitMs + STOP_GRACE_MS);
    const exitCode = restart ? RESTART_EXIT_CODE : 0;
    if (leaveResources) clock.afterReading(() => this.leave(exitCode));
    else this.#takeOffline(limitMs, exitCode);
  }

  /** Lets go of everything at once; hosts and resources run on and wait for the next daemon. */
  leave(exitCode = 0): void {
    this.#hasBegun = true;
    this.#parts.monitor.disarmEverything();
    for (const slot of this.#parts.hosts.slots.values()) slot.leave();
    this.#end(exitCode);
  }

  #takeOffline(limitMs: number, exitCode: number): void {
    const { clock, coordinator, journal } = this.#parts;
    let isFinishing = false;
    const finish = (): void => {
      if (isFinishing) return;
      isFinishing = true;
      late.cancel();
      const resources = this.#unfinished();
      if (resources.length > 0) journal.publish('stopExpired', { resources, limitMs });
      void this.#endHosts(resources.length > 0 ? 1 : exitCode);
    };
    const late = clock.after(limitMs, finish);
    coordinator.closeDown(() => {
      if (this.#unfinished().length === 0) finish();
    });
    coordinator.settle();
    this.#hurryHosts();
  }

  /** What a lost host may have left is looked for at once, and not after the back-off of that host. */
  #hurryHosts(): void {
    const { registry, monitor } = this.#parts;
    for (const resource of registry.resources.values()) {
      if (resource.instance.phase === 'awaitingHost') monitor.slotOf(resource).need(true);
    }
  }

  #unfinished(): string[] {
    return [...this.#parts.registry.resources.values()].filter(({ instance }) => !AT_REST.has(instance.phase)).map(({ name }) => name);
  }

  async #endHosts(exitCode: number): Promise<void> {
    await Promise.all([...this.#parts.hosts.slots.values()].map((slot) => slot.stop()));
    this.#parts.monitor.disarmEverything();
    this.#end(exitCode);
  }

  #end(exitCode: number): void {
    this.#parts.journal.flush();
    this.#parts.ended(exitCode);
  }
}
