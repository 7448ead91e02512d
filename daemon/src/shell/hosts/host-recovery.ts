import type { EventFields, EventKind, HostState } from '@andon/protocol';
import type { HostAudience } from './host-audience.ts';
import type { HostEvidence } from './host-evidence.ts';
import { describeExit } from './host-process.ts';
import type { HostRecord } from './host-record.ts';
import type { HostEnd } from './host-end.ts';

/** What the recovery may do to its slot. */
export interface RecoverySlot {
  readonly record: HostRecord;
  readonly audience: HostAudience;
  readonly evidence: HostEvidence;
  /** `trouble`: why no host can serve, in words; null = it can soon. */
  enter(state: HostState, trouble: string | null): void;
  startIfAwaited(): void;
  /** These resources get hosts of their own from now on. */
  separate(resources: readonly string[]): void;
  publish<K extends EventKind>(event: K, fields: EventFields<K>): void;
}

/** What follows when a host could not start or has died: who is told, who is charged, and when the next one starts. */
export class HostRecovery {
  readonly #slot: RecoverySlot;

  constructor(slot: RecoverySlot) {
    this.#slot = slot;
  }

  /** An administrator lets it try again. */
  forgive(): void {
    this.#slot.record.forgive();
    this.#slot.enter('down', null);
    this.#slot.publish('hostUnquarantined', {});
  }

  couldNotStart(reason: string): void {
    this.#slot.evidence.couldNotStart(reason);
    this.#waitAfterNoStart(reason, this.#slot.record.couldNotStart());
  }

  died(end: HostEnd): void {
    const { pid, exit, doom, aliveMs, hadGreeted, refusal } = end;
    const { audience, record } = this.#slot;
    const resources = audience.all();
    const culprits = doom?.deadlock ? [doom.deadlock] : audience.withCallInFlight();
    const how = describeExit(exit);
    this.#slot.publish('hostExited', culprits.length === 0 ? { pid, how } : { pid, how, during: culprits.join(', ') });
    this.#slot.evidence.ended(end, culprits);
    if (!hadGreeted) return this.#diedBeforeHello(refusal ?? doom?.reason ?? `${how} before it said hello`, resources);
    const isDeadlock = doom !== null && doom.deadlock !== null;
    const after = record.died({ culprits, aliveMs, isDeadlock, resources });
    // Before anyone hears of the loss, so that those kept apart ask the right host for help.
    if (after.separate.length > 0) this.#slot.separate(after.separate);
    if (after.quarantine) this.#quarantine();
    else this.#pause(after.restartDelayMs, null);
    const reason = doom ? `host killed: ${doom.reason}` : `host ${how}`;
    return audience.tellLost(resources, culprits, reason, isDeadlock ? 'deadlock' : 'hostExited');
  }

  #diedBeforeHello(reason: string, resources: readonly string[]): void {
    const { record, audience } = this.#slot;
    const { quarantine } = record.diedEarly(resources);
    if (!quarantine) return this.#waitAfterNoStart(reason, record.pauseMs);
    return audience.tellTrouble(`${this.#quarantine()}: ${reason}`, { isFinal: true, nextAttemptAtMs: null });
  }

  #waitAfterNoStart(reason: string, pauseMs: number): void {
    const { record, audience } = this.#slot;
    this.#slot.publish('hostStartFailed', { reason, nextAttemptInMs: pauseMs });
    this.#pause(pauseMs, reason);
    audience.tellTrouble(reason, { isFinal: false, nextAttemptAtMs: record.nextStartAtMs });
  }

  #pause(ms: number, trouble: string | null): void {
    this.#slot.enter('backingOff', trouble);
    this.#slot.record.pause(ms, () => {
      this.#slot.enter('down', trouble);
      this.#slot.startIfAwaited();
    });
  }

  #quarantine(): string {
    const { deaths } = this.#slot.record;
    const trouble = `host quarantined after ${deaths} deaths in 10 minutes`;
    this.#slot.enter('quarantined', trouble);
    this.#slot.publish('hostQuarantined', { deaths });
    return trouble;
  }
}
