import type { AndonEvent, EventFields, EventKind, FailureRecord, Request } from '@andon/protocol';
import type { LifeEvent } from '../../core/life-cycle/events.ts';
import type { Instance } from '../../core/life-cycle/instance.ts';
import type { Clock, EventHandles, Incidents, Log, Processes, Random, Store } from '../../ports/index.ts';
import type { HostConnection } from './host-connection.ts';
import type { HostPipes } from './host-pipes.ts';
import type { HostEnvironment } from './host-plan.ts';
import type { RequestAnswer } from './host-session.ts';
import type { StartGate } from './start-gate.ts';

/** One host, as the monitor deals with it. */
export interface Host {
  readonly hostId: string;
  readonly connection: HostConnection;
  readonly pipes: HostPipes;
  /** One more pipe for this host; its path. */
  createEventHandle(name: string): Promise<string>;
}

/** What the monitor offers to its hosts. */
export interface HostOwner {
  resourcesOf(hostId: string): readonly string[];
  instanceOf(resource: string): Instance | undefined;
  typeOf(resource: string): string;
  /** There is none of this name, or none that a host was ever asked about: what a host knows of it is the past of another. */
  isNew(resource: string): boolean;
  /** A resource of this name begins above this incarnation. */
  beginAbove(resource: string, incarnation: number): void;
  /** Called where the last use of a host may have gone without anybody noticing. */
  endIfUnused(slot: Host): void;
  deliver(resource: string, event: LifeEvent): void;
  publish<K extends EventKind>(event: K, fields: EventFields<K>, hostId: string, resource?: string): void;
  /** Number of the newest event. */
  newestSeq(): number;
  /** The last events of the host or these resources up to a number, oldest first. */
  eventsAbout(hostId: string, resources: readonly string[], untilSeq: number, limit: number): readonly AndonEvent[];
  recordArrived(slot: Host, record: FailureRecord, atMs: number): boolean;
  malformedRecord(slot: Host, record: string): void;
  failedNotified(slot: Host, resource: string, incarnation: number, reason: string): void;
  requested(slot: Host, request: Request, respond: (answer: RequestAnswer) => void): void;
  /** Called before the resources of a dead host hear of it, so that those kept apart ask the right host for help. */
  separate(slot: Host, resources: readonly string[]): void;
}

/** What every slot needs of the world. */
export interface HostTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly processes: Processes;
  readonly eventHandles: EventHandles;
  readonly incidents: Incidents;
  readonly store: Pick<Store, 'saveHost' | 'deleteHost'>;
  readonly environment: HostEnvironment;
  readonly gate: StartGate;
  readonly epoch: number;
  readonly orphanPeriodMs: number;
}
