import type { LifeEvent } from '../../core/life-cycle/events.ts';
import type { TimerName } from '../../core/life-cycle/phases.ts';
import { jittered } from '../../core/poll-schedule.ts';
import type { Clock, Random } from '../../ports/index.ts';
import type { ManagedResource } from './managed-resource.ts';

export interface TimerOwner {
  deliver(name: string, event: LifeEvent): void;
  /** Whether an online of this resource may be sent now. */
  isClear(name: string): boolean;
}

/** The timers of the resources. One that fires in a later visit of its phase than it was armed in says nothing. */
export class ResourceTimers {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #owner: TimerOwner;

  constructor(clock: Clock, random: Random, owner: TimerOwner) {
    this.#clock = clock;
    this.#random = random;
    this.#owner = owner;
  }

  /** Takes the place of the timer of the same name. Polls are spread a little. */
  arm(resource: ManagedResource, timer: TimerName, ms: number): void {
    this.disarm(resource, timer);
    const isPoll = timer === 'looksAlive' || timer === 'isAlive';
    const delayMs = isPoll ? jittered(ms, this.#random.uniform()) : ms;
    const { epoch } = resource.instance;
    const fire = (): void => {
      resource.timers.delete(timer);
      if (resource.instance.epoch === epoch) this.#owner.deliver(resource.name, this.#event(resource.name, timer));
    };
    resource.timers.set(timer, this.#clock.after(delayMs, fire));
  }

  disarm(resource: ManagedResource, timer: TimerName): void {
    resource.timers.get(timer)?.cancel();
    resource.timers.delete(timer);
  }

  disarmAll(resource: ManagedResource): void {
    if (resource.timers.size === 0) return;
    for (const timer of resource.timers.values()) timer.cancel();
    resource.timers.clear();
  }

  #event(name: string, timer: TimerName): LifeEvent {
    const atMs = this.#clock.monotonicMs();
    switch (timer) {
      case 'pending':
        return { kind: 'pendingExpired', atMs, total: false };
      case 'maxPending':
        return { kind: 'pendingExpired', atMs, total: true };
      case 'restart':
        return { kind: 'restartDue', atMs, clear: this.#owner.isClear(name) };
      case 'retry':
        return { kind: 'retryDue', atMs, clear: this.#owner.isClear(name) };
      case 'looksAlive':
        return { kind: 'looksAliveDue', atMs };
      case 'isAlive':
        return { kind: 'isAliveDue', atMs };
      case 'verify':
        return { kind: 'verifyExpired', atMs };
    }
  }
}
