import { formatFailureRecord, NOTIFICATIONS, RECORD_REWRITE_MS } from '@andon/protocol';
import type { HeldResource } from './held-resource.ts';
import type { HostMeans } from './host-calls.ts';

const LONGEST_REWRITE_MS = 60_000;
/** How soon a writer comes back to a full pipe. */
const FULL_PIPE_MS = 50;

/** What a host does when something of it has failed: says so in its type's way, and again until it is heard. */
export class FailureReports {
  readonly #means: HostMeans;
  readonly #held: ReadonlyMap<string, HeldResource>;

  constructor(means: HostMeans, held: ReadonlyMap<string, HeldResource>) {
    this.#means = means;
    this.#held = held;
  }

  /** The resource has failed; its host has just learnt of it. */
  failed(held: HeldResource, reason: string): void {
    const { world, process, traits } = this.#means;
    if (traits.contract === 'poll' || held.failure || held.state !== 'Online') return;
    // A shell that reports and ends is no part of the host, and repeats nothing.
    if (traits.writer === 'shell' || traits.writer === 'bare') return this.#write(held, reason);
    held.failure = { incarnation: held.incarnation, reason };
    world.tell(process.name, `${held.id}@${held.incarnation} failed: ${reason}`);
    return this.tell(held, false);
  }

  /** By record or notification; then again after 2, 4, 8 … 60 s. `isAnew`: after a welcome, at once and by the record too. */
  tell(held: HeldResource, isAnew: boolean): void {
    const { failure } = held;
    if (!failure) return;
    const { world, process, traits, notify } = this.#means;
    if (traits.writer === 'notification') {
      world.ledger.reported(held.id, failure.incarnation, { traits, process });
      notify('failed', { resourceId: held.id, incarnation: failure.incarnation, reason: failure.reason });
    }
    if (traits.writer === 'library' || isAnew) this.#write(held, failure.reason);
    if (isAnew) return;
    held.rewriteAfterMs = RECORD_REWRITE_MS;
    this.#repeatLater(held);
  }

  dismissed(params: unknown): void {
    const { resourceId, incarnation } = NOTIFICATIONS.recordDismissed.parse(params);
    const held = this.#held.get(resourceId);
    if (held?.failure?.incarnation !== incarnation) return;
    held.failure = null;
    this.#means.world.ledger.dismissed(resourceId, incarnation);
    // What is still broken is a new failure, and a new record.
    if (this.#means.world.machine.things.get(resourceId)?.isWell !== true) this.failed(held, 'still broken');
  }

  #repeatLater(held: HeldResource): void {
    const { failure } = held;
    this.#means.process.after(held.rewriteAfterMs, () => {
      if (held.failure !== failure || this.#held.get(held.id) !== held) return;
      held.rewriteAfterMs = Math.min(2 * held.rewriteAfterMs, LONGEST_REWRITE_MS);
      this.#write(held, failure?.reason ?? '');
      this.#repeatLater(held);
    });
  }

  #write(held: HeldResource, reason: string): void {
    const { world, process, traits } = this.#means;
    const { incarnation } = held;
    const isBare = traits.writer === 'bare';
    const record = formatFailureRecord(held.id, isBare ? null : incarnation, reason);
    // It may have died within this very callback.
    if (!process.inherited || process.isGone) return;
    if (!process.inherited.write(record)) {
      process.after(FULL_PIPE_MS, () => {
        if (held.incarnation === incarnation && held.state === 'Online' && !held.isTerminating) this.#write(held, reason);
      });
      return;
    }
    world.tell(process.name, `wrote ${record.trim()}`);
    world.ledger.reported(held.id, incarnation, { traits, process });
  }
}
