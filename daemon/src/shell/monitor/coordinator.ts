import { decide, isClear, type World } from '../../core/dependencies/coordination.ts';
import type { LifeEvent } from '../../core/life-cycle/events.ts';
import type { Clock } from '../../ports/index.ts';
import type { Journal } from './journal.ts';
import type { Registry } from './registry.ts';

/** Turns of the loop below before it is called a fault: every step brings one resource nearer to what is wanted. */
const STEPS_PER_RESOURCE = 20;

/** Brings resources to what is wanted of them, in the order of their dependencies, whenever one of them has changed. */
export class Coordinator {
  readonly world: World;
  readonly #registry: Registry;
  readonly #clock: Clock;
  readonly #journal: Journal;
  readonly #deliver: (name: string, event: LifeEvent) => void;
  readonly #changed = new Set<string>();
  #isScheduled = false;
  #isPaused = true;
  /** Everything goes offline, whatever is wanted of it the next time. */
  #isClosingDown = false;
  #settled: () => void = () => undefined;

  constructor(registry: Registry, clock: Clock, journal: Journal, deliver: (name: string, event: LifeEvent) => void) {
    this.#registry = registry;
    this.#clock = clock;
    this.#journal = journal;
    this.#deliver = deliver;
    this.world = {
      instance: (name) => registry.resources.get(name)?.instance,
      wanted: (name) => (this.#isClosingDown ? 'Offline' : (registry.resources.get(name)?.wanted ?? 'Offline')),
      expressionOf: (name) => registry.dependencies.expressionOf(name),
      dependentsOf: (name) => registry.dependencies.dependentsOf(name),
    };
  }

  /** Nothing is decided before the hosts of an earlier daemon had their say. */
  begin(): void {
    this.#isPaused = false;
    for (const name of this.#registry.resources.keys()) this.changed(name);
  }

  /** Takes everything offline in order; wanted states stay as they are. `settled` is called whenever there is nothing to decide. */
  closeDown(settled: () => void): void {
    this.#isClosingDown = true;
    this.#settled = settled;
    this.begin();
  }

  isClear(name: string): boolean {
    return isClear(name, this.world);
  }

  /** Something about this resource is other than before; acted upon after everything readable has been read. */
  changed(name: string): void {
    this.#changed.add(name);
    if (this.#isScheduled || this.#isPaused) return;
    this.#isScheduled = true;
    this.#clock.afterReading(() => {
      this.#isScheduled = false;
      this.settle();
    });
  }

  /** Decides until nothing is left to do now. */
  settle(): void {
    if (this.#isPaused) return;
    let steps = (this.#registry.resources.size + 1) * STEPS_PER_RESOURCE;
    while (this.#changed.size > 0 && steps-- > 0) {
      const names = this.#withNeighbours([...this.#changed]);
      this.#changed.clear();
      for (const name of names) this.#act(name);
    }
    this.#settled();
  }

  /** Those that changed, all who need them, and whom any of these need: an alternative that came up lets the other one go. */
  #withNeighbours(names: readonly string[]): ReadonlySet<string> {
    const { dependencies } = this.#registry;
    const needing = new Set(names);
    for (const name of names) for (const dependent of dependencies.allDependentsOf(name)) needing.add(dependent);
    const all = new Set(needing);
    for (const name of needing) for (const provider of dependencies.providersOf(name)) all.add(provider);
    return all;
  }

  #act(name: string): void {
    const resource = this.#registry.resources.get(name);
    if (!resource) return;
    const decision = decide(name, this.world);
    const atMs = this.#clock.monotonicMs();
    const waitingFor = decision.kind === 'waitForProviders' ? decision.providers : [];
    if (waitingFor.length > 0 && waitingFor.join() !== resource.waitingFor.join()) {
      this.#journal.publish('waitingForProvider', { providers: [...waitingFor] }, { resource: name });
    }
    resource.waitingFor = waitingFor;
    if (decision.kind === 'goOnline') this.#deliver(name, { kind: 'goOnline', atMs, manual: false });
    if (decision.kind === 'goOffline') this.#deliver(name, { kind: 'goOffline', atMs });
  }
}
