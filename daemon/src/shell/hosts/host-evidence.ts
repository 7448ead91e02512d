import type { EventFields, Incident, IncidentReason, ProcessExamination } from '@andon/protocol';
import { publicState } from '../../core/life-cycle/phases.ts';
import type { Clock, HostProcess, IncidentDraft, Incidents } from '../../ports/index.ts';
import type { Doom } from './host-life.ts';
import type { Host, HostOwner } from './host-owner.ts';
import type { HostEnvironment, HostPlan } from './host-plan.ts';
import { describeExit } from './host-process.ts';
import type { HostEnd } from './host-end.ts';

/** The slot whose processes are witnessed. */
export interface WitnessedHost extends Host {
  readonly plan: HostPlan;
  readonly state: string;
  readonly trouble: string | null;
  readonly startedAtWallMs: number | null;
}

export interface EvidenceTools {
  readonly clock: Clock;
  readonly incidents: Incidents;
  readonly environment: Pick<HostEnvironment, 'logPath'>;
}

const MOST_EVENTS = 50;
/** As many failed starts in a row are worth an incident; earlier ones may be a file that is just being replaced. */
const FAILED_STARTS = 5;

/** How things stood when a process was about to end, or just had. */
type Scene = Pick<Incident, 'calls' | 'resources' | 'process'> & {
  readonly atMs: number;
  readonly killScope: string | null;
  readonly seq: number;
};

/** Keeps what explains the end of a host: gathered at the moment, written later. A host that was asked to end leaves nothing. */
export class HostEvidence {
  readonly #host: WitnessedHost;
  readonly #owner: HostOwner;
  readonly #tools: EvidenceTools;
  #scene: Scene | null = null;
  #failedStarts = 0;

  constructor(host: WitnessedHost, owner: HostOwner, tools: EvidenceTools) {
    this.#host = host;
    this.#owner = owner;
    this.#tools = tools;
  }

  /** SIGKILL is the next thing that happens. */
  killing({ scope }: EventFields<'hostKilled'>, process: HostProcess): void {
    if (this.#host.state !== 'stopping') this.#scene = this.#look(scope, process.examine());
  }

  /** Killed and still there, which is worth telling before it ends, if it ever does. */
  notGone({ pid, reason }: EventFields<'hostNotGone'>, doom: Doom): void {
    const scene = this.#scene;
    if (!scene) return;
    this.#keep(
      { ...scene, seq: this.#owner.newestSeq() },
      {
        reason: reasonOfLoss(doom),
        why: doom.reason,
        pid,
        aliveMs: this.#aliveMs(),
        end: { kind: 'notGone', code: null, signal: null, how: reason },
        culprits: doom.deadlock ? [doom.deadlock] : [],
      },
    );
    this.#scene = null;
  }

  /** A process said hello; whatever failed before is over. */
  started(): void {
    this.#failedStarts = 0;
  }

  /** Nothing of this process is to be explained: it was asked to end, or its end was told as `notGone`. */
  forget(): void {
    this.#scene = null;
    this.#host.connection.calls.takeUnanswered();
  }

  ended({ pid, exit, doom, aliveMs, hadGreeted, refusal }: HostEnd, culprits: readonly string[]): void {
    const scene = this.#scene ?? this.#look(null, null);
    const wasTold = doom !== null && this.#scene === null;
    this.forget();
    if (!hadGreeted) this.#failedStarts++;
    const how = describeExit(exit);
    const reason = hadGreeted ? reasonOfLoss(doom) : this.#reasonOfNoStart(doom !== null && refusal === null);
    if (reason === null || wasTold) return;
    this.#keep(scene, {
      reason,
      why: refusal ?? doom?.reason ?? `host ${how}${hadGreeted ? '' : ' before it said hello'}`,
      pid,
      aliveMs: Math.round(aliveMs),
      end: {
        kind: exit.kind,
        code: exit.kind === 'exited' ? exit.code : null,
        signal: exit.kind === 'signalled' ? exit.signal : null,
        how,
      },
      culprits: [...culprits],
    });
  }

  /** There was no process at all. */
  couldNotStart(why: string): void {
    this.#failedStarts++;
    if (this.#failedStarts !== FAILED_STARTS) return;
    this.#keep(this.#look(null, null), {
      reason: 'cannotStart',
      why,
      pid: null,
      aliveMs: null,
      end: { kind: 'notStarted', code: null, signal: null, how: why },
      culprits: [],
    });
  }

  #reasonOfNoStart(wasKilled: boolean): IncidentReason | null {
    if (wasKilled) return 'noHello';
    return this.#failedStarts === FAILED_STARTS ? 'cannotStart' : null;
  }

  #look(killScope: string | null, process: ProcessExamination | null): Scene {
    return {
      atMs: this.#tools.clock.wallMs(),
      killScope,
      process,
      calls: this.#host.connection.calls
        .takeUnanswered()
        .map(({ call: { method, resource }, elapsedMs, limitMs }) => ({
          method,
          resource,
          incarnation: resource === null ? null : (this.#owner.instanceOf(resource)?.incarnation ?? null),
          elapsedMs: Math.round(elapsedMs),
          limitMs: Math.round(limitMs),
        }))
        .sort((a, b) => b.elapsedMs - a.elapsedMs),
      resources: this.#owner.resourcesOf(this.#host.hostId).flatMap((name) => {
        const instance = this.#owner.instanceOf(name);
        return instance ? [{ name, type: this.#owner.typeOf(name), state: publicState(instance), incarnation: instance.incarnation }] : [];
      }),
      seq: this.#owner.newestSeq(),
    };
  }

  #aliveMs(): number | null {
    const { startedAtWallMs } = this.#host;
    return startedAtWallMs === null ? null : this.#tools.clock.wallMs() - startedAtWallMs;
  }

  /** Later than everything of this turn: by then the slot has decided what it does next, and other hosts are not kept waiting. */
  #keep(scene: Scene, what: Pick<Incident, 'reason' | 'why' | 'pid' | 'aliveMs' | 'end' | 'culprits'>): void {
    const { clock, incidents } = this.#tools;
    const goneAfterMs = scene.killScope === null || what.end.kind === 'notGone' ? null : clock.wallMs() - scene.atMs;
    clock.after(0, () => {
      void incidents.keep(this.#draft(scene, what, goneAfterMs)).then((incident) => {
        if (incident !== null) this.#owner.publish('incidentRecorded', { incident, reason: what.reason }, this.#host.hostId);
      });
    });
  }

  #draft(
    { atMs, killScope, calls, resources, process, seq }: Scene,
    what: Pick<Incident, 'reason' | 'why' | 'pid' | 'aliveMs' | 'end' | 'culprits'>,
    goneAfterMs: number | null,
  ): IncidentDraft {
    const { hostId, plan } = this.#host;
    const names = resources.map(({ name }) => name);
    return {
      ...what,
      at: new Date(atMs).toISOString(),
      host: hostId,
      command: [...plan.argv],
      user: plan.user,
      startedAt: what.aliveMs === null ? null : new Date(atMs - what.aliveMs).toISOString(),
      done: { killScope, goneAfterMs, next: this.#next(what.end.kind) },
      calls,
      resources,
      process,
      seq,
      events: [...this.#owner.eventsAbout(hostId, names, seq, MOST_EVENTS)],
      logPath: this.#tools.environment.logPath(hostId),
    };
  }

  #next(end: string): string {
    if (end === 'notGone') return 'no second host is started before it is gone';
    const { state, trouble } = this.#host;
    return state === 'quarantined' ? (trouble ?? state) : 'it is started again when a resource needs it';
  }
}

function reasonOfLoss(doom: Doom | null): IncidentReason {
  if (doom === null) return 'died';
  return doom.deadlock === null ? 'lost' : 'deadlock';
}
