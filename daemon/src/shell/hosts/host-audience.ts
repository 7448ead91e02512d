import type { HostOwner } from './host-owner.ts';
import type { TypeStartups } from './type-startups.ts';

/** The resources of one host, and what they hear of it. */
export class HostAudience {
  readonly #hostId: string;
  readonly #owner: HostOwner;
  readonly #now: () => number;

  constructor(hostId: string, owner: HostOwner, now: () => number) {
    this.#hostId = hostId;
    this.#owner = owner;
    this.#now = now;
  }

  all(): readonly string[] {
    return this.#owner.resourcesOf(this.#hostId);
  }

  /** Those that wait for a process. */
  waiting(): readonly string[] {
    return this.all().filter((name) => this.#owner.instanceOf(name)?.phase === 'awaitingHost');
  }

  /** Those with a call in flight: whoever had one when the process died is to blame. */
  withCallInFlight(): readonly string[] {
    return this.all().filter((name) => this.#owner.instanceOf(name)?.call);
  }

  /** Tells everyone who waits that the host is up, once their type was started up. */
  tellUp(startups: TypeStartups): void {
    for (const name of this.waiting()) {
      const startup = startups.ask(this.#owner.typeOf(name));
      if (startup.kind === 'started') this.#owner.deliver(name, { kind: 'hostUp', atMs: this.#now() });
      if (startup.kind === 'refused') this.tellTrouble(startup.reason, { isFinal: true, nextAttemptAtMs: null }, [name]);
    }
  }

  tellTrouble(
    reason: string,
    { isFinal, nextAttemptAtMs }: { isFinal: boolean; nextAttemptAtMs: number | null },
    names = this.waiting(),
  ): void {
    for (const name of names)
      this.#owner.deliver(name, { kind: 'hostTrouble', atMs: this.#now(), reason, final: isFinal, nextAttemptAtMs });
  }

  /** The process is gone, with everything the daemon knew of these. Only culprits are charged with it. */
  tellLost(names: readonly string[], culprits: readonly string[], reason: string, source: 'hostExited' | 'deadlock'): void {
    const blamed = new Set(culprits);
    for (const name of names) {
      const isBlamed = blamed.has(name);
      this.#owner.deliver(name, {
        kind: 'hostLost',
        atMs: this.#now(),
        blamed: isBlamed,
        reason,
        source: isBlamed ? source : 'hostExited',
      });
    }
  }
}
