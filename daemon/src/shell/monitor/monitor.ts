import { type AndonEvent, type EventFields, type EventKind, type FailureRecord, failureRecordOf, type Request } from '@andon/protocol';
import type { DropReason, Effect } from '../../core/life-cycle/effects.ts';
import type { EventName, LifeEvent } from '../../core/life-cycle/events.ts';
import type { Instance } from '../../core/life-cycle/instance.ts';
import { transition } from '../../core/life-cycle/transition.ts';
import type { Clock, Random } from '../../ports/index.ts';
import type { HostDirectory } from '../hosts/host-directory.ts';
import type { Host, HostOwner } from '../hosts/host-owner.ts';
import type { RequestAnswer } from '../hosts/host-session.ts';
import type { HostSlot } from '../hosts/host-slot.ts';
import type { Coordinator } from './coordinator.ts';
import { DropLog } from './drop-log.ts';
import { sendCall } from './calls.ts';
import { answerHostRequest } from './host-requests.ts';
import type { Journal } from './journal.ts';
import { type ManagedResource, NO_MEMORY, toStored } from './managed-resource.ts';
import type { Registry } from './registry.ts';
import { prepareTerminate } from './prepared-terminate.ts';
import { ResourceTimers } from './resource-timers.ts';

export interface MonitorParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly registry: Registry;
  readonly journal: Journal;
  /** Writes the number of an online before the host hears of it; never throws. */
  saveIncarnation(name: string, incarnation: number): void;
  hosts(): HostDirectory;
  coordinator(): Coordinator;
  /** Nothing of this resource is left at its host. */
  removed(resource: ManagedResource): void;
  /** These resources get hosts of their own. */
  separate(slot: Host, resources: readonly string[]): void;
}

/**
 * The one loop: event → transition → effects in order. A failure record comes in at `recordArrived` and leaves as a
 * terminate frame within the same call; whatever is to be written or told is left with the journal for later.
 */
export class Monitor implements HostOwner {
  readonly #parts: MonitorParts;
  readonly #queue: { readonly name: string; readonly event: LifeEvent }[] = [];
  readonly #drops: DropLog;
  readonly #timers: ResourceTimers;
  #isDelivering = false;
  /** While its pipe is drained for an online, a bare record speaks of the incarnation before. */
  #beginning: string | null = null;
  /** Who reported a status and waits for the answer, by request. */
  readonly #reporters = new Map<string, (answer: RequestAnswer) => void>();

  constructor(parts: MonitorParts) {
    this.#parts = parts;
    this.#drops = new DropLog(parts.clock, parts.journal);
    this.#timers = new ResourceTimers(parts.clock, parts.random, {
      deliver: (name, event) => this.deliver(name, event),
      isClear: (name) => parts.coordinator().isClear(name),
    });
  }

  // ---- the loop ----

  /** Lets an event happen to a resource. What it leads to at once has happened on return, except within another delivery. */
  deliver(name: string, event: LifeEvent): void {
    if (this.#isDelivering) {
      this.#queue.push({ name, event });
      return;
    }
    this.#isDelivering = true;
    try {
      this.#step(name, event);
      for (let next = this.#queue.shift(); next; next = this.#queue.shift()) this.#step(next.name, next.event);
    } finally {
      this.#isDelivering = false;
    }
  }

  #step<K extends EventName>(name: string, event: LifeEvent<K>): void {
    const { registry, journal } = this.#parts;
    const resource = registry.resources.get(name);
    if (!resource) return;
    const { instance, effects } = transition(resource.instance, event, resource.policy);
    const isChanged = instance !== resource.instance;
    resource.instance = instance;
    for (const effect of effects) this.#perform(resource, effect);
    if (isChanged) resource.prepared = prepareTerminate(name, instance, resource.policy);
    if (!isChanged || !registry.resources.has(name)) return;
    journal.touch(name, () => toStored(resource, journal.wallOffsetMs));
    this.#parts.coordinator().changed(name);
  }

  #perform(resource: ManagedResource, effect: Effect): void {
    switch (effect.kind) {
      case 'call':
        resource.isNew = false;
        return sendCall(effect, {
          resource,
          slot: this.slotOf(resource),
          now: this.#now,
          deliver: (event) => this.deliver(resource.name, event),
        });
      case 'publish':
        return this.#parts.journal.publish(effect.event, effect.fields, this.#subject(resource), effect.atMs);
      case 'disarmAll':
        return this.#timers.disarmAll(resource);
      case 'arm':
        return this.#timers.arm(resource, effect.timer, effect.ms);
      case 'disarm':
        return this.#timers.disarm(resource, effect.timer);
      case 'beginIncarnation':
        return this.#beginIncarnation(resource, effect.incarnation);
      case 'answer':
        return this.#answer(effect.requestId, { ok: true, result: { answer: effect.answer } });
      case 'reject':
        this.#parts.journal.publish('statusRejected', { why: effect.why }, this.#subject(resource));
        return this.#answer(effect.requestId, { ok: false, error: { code: 'invalidState', message: effect.why } });
      case 'dropRecord':
        return this.#dropped(resource, effect.why, effect.incarnation);
      case 'dismissRecord':
        return this.slotOf(resource).connection.notify('recordDismissed', {
          resourceId: resource.name,
          incarnation: effect.incarnation,
          reason: effect.reason,
        });
      case 'needHost':
        return this.#needHost(resource);
      case 'refuse':
        return this.#parts.journal.publish('requestRefused', { request: 'event', why: effect.why }, this.#subject(resource));
      case 'removed':
        return this.#parts.removed(resource);
    }
  }

  readonly #now = (): number => this.#parts.clock.monotonicMs();

  #subject(resource: ManagedResource) {
    return { resource: resource.name, host: resource.hostId, incarnation: resource.instance.incarnation };
  }

  slotOf(resource: ManagedResource): HostSlot {
    const known = this.#parts.hosts().slots.get(resource.hostId);
    if (known) return known;
    return this.#parts.hosts().add(resource.hostId, this.#parts.registry.type(resource.definition.type));
  }

  #needHost(resource: ManagedResource): void {
    const { urgent } = resource;
    resource.urgent = false;
    resource.hostId = this.#parts.registry.hostIdOf(resource);
    this.slotOf(resource).need(urgent);
  }

  #beginIncarnation(resource: ManagedResource, incarnation: number): void {
    this.#parts.saveIncarnation(resource.name, incarnation);
    resource.memory = { ...NO_MEMORY };
    this.#beginning = resource.name;
    this.slotOf(resource).pipes.drain();
    this.#beginning = null;
  }

  /** For the end of the daemon: no timer of any resource fires again. */
  disarmEverything(): void {
    for (const resource of this.#parts.registry.resources.values()) this.#timers.disarmAll(resource);
  }

  // ---- what hosts say ----

  /** The failure path. False: the record named nothing that could fail now. */
  recordArrived(slot: Host, record: FailureRecord, atMs: number): boolean {
    const resource = this.#parts.registry.resources.get(record.resource);
    if (!resource || resource.hostId !== slot.hostId) {
      slot.pipes.count('unknown');
      this.#drops.add(slot.hostId, null, resource ? 'foreign' : 'unknown', wordOf(record));
      return false;
    }
    if (this.#beginning === record.resource && record.incarnation === null) {
      this.#drops.add(slot.hostId, resource.name, 'drained', wordOf(record));
      return false;
    }
    const before = resource.instance;
    const isNested = this.#isDelivering;
    const reason = record.reason || 'failure record';
    if (!isNested) this.#sendPrepared(slot, resource, record.incarnation, reason);
    this.deliver(record.resource, {
      kind: 'failureReported',
      atMs,
      incarnation: record.incarnation,
      reason,
      source: 'failureRecord',
    });
    return isNested || resource.instance !== before;
  }

  /** The frame leaves before anything else is thought about; the delivery that follows finds it sent. */
  #sendPrepared(slot: Host, resource: ManagedResource, incarnation: number | null, reason: string): void {
    const { prepared } = resource;
    if (prepared?.instance !== resource.instance || prepared.policy !== resource.policy) return;
    if (incarnation !== resource.instance.incarnation) return;
    slot.connection.calls.sendAhead(prepared.id, resource.name, `${prepared.head}${JSON.stringify(reason)}${prepared.tail}`);
  }

  malformedRecord(slot: Host, record: string): void {
    this.#drops.add(slot.hostId, null, 'malformed', record);
  }

  failedNotified(slot: Host, name: string, incarnation: number, reason: string): void {
    const resource = this.#parts.registry.resources.get(name);
    if (resource?.hostId !== slot.hostId) {
      slot.pipes.count('unknown');
      this.#drops.add(slot.hostId, null, resource ? 'foreign' : 'unknown', failureRecordOf(name, incarnation));
      return;
    }
    this.deliver(name, {
      kind: 'failureReported',
      atMs: this.#now(),
      incarnation,
      reason: reason || 'failed',
      source: 'failedNotification',
    });
  }

  requested(slot: Host, request: Request, respond: (answer: RequestAnswer) => void): void {
    answerHostRequest(request, respond, {
      slot,
      resource: (name) => {
        const resource = this.#parts.registry.resources.get(name);
        return resource?.hostId === slot.hostId ? resource : undefined;
      },
      reportStatus: (name, requestId, event) => {
        this.#reporters.set(requestId, respond);
        this.deliver(name, event);
        // Phases without a cell for it refuse the event as such; the reporter is owed an answer all the same.
        this.#answer(requestId, { ok: false, error: { code: 'invalidState', message: 'nothing is pending' } });
      },
      now: this.#now,
    });
  }

  #answer(requestId: string, answer: RequestAnswer): void {
    const respond = this.#reporters.get(requestId);
    this.#reporters.delete(requestId);
    respond?.(answer);
  }

  #dropped(resource: ManagedResource, why: DropReason, incarnation: number | null): void {
    this.slotOf(resource).pipes.count(why === 'stale' ? 'stale' : 'duplicate');
    this.#drops.add(
      resource.hostId,
      resource.name,
      why,
      incarnation === null ? resource.name : failureRecordOf(resource.name, incarnation),
    );
  }

  // ---- what hosts ask about ----

  resourcesOf(hostId: string): readonly string[] {
    return this.#parts.registry.resourcesOfHost(hostId);
  }

  instanceOf(name: string): Instance | undefined {
    return this.#parts.registry.resources.get(name)?.instance;
  }

  typeOf(name: string): string {
    return this.#parts.registry.resources.get(name)?.definition.type ?? '';
  }

  publish<K extends EventKind>(event: K, fields: EventFields<K>, hostId: string, resource?: string): void {
    const incarnation = resource === undefined ? undefined : this.instanceOf(resource)?.incarnation;
    this.#parts.journal.publish(event, fields, { host: hostId, resource, incarnation });
  }

  newestSeq(): number {
    return this.#parts.journal.seq;
  }

  eventsAbout(host: string, resources: readonly string[], untilSeq: number, limit: number): readonly AndonEvent[] {
    return this.#parts.journal.about({ host, resources, untilSeq }, limit);
  }

  isNew(name: string): boolean {
    return this.#parts.registry.resources.get(name)?.isNew ?? true;
  }

  beginAbove(name: string, incarnation: number): void {
    this.#parts.registry.beginAbove(name, incarnation);
  }

  endIfUnused({ hostId }: Host): void {
    if (this.resourcesOf(hostId).length === 0) void this.#parts.hosts().retire(hostId);
  }

  separate(slot: Host, resources: readonly string[]): void {
    this.#parts.separate(slot, resources);
  }
}

function wordOf(record: FailureRecord): string {
  return record.incarnation === null ? record.resource : failureRecordOf(record.resource, record.incarnation);
}
