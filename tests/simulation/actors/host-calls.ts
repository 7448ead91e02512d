import { ENTRY_POINTS, operationId, type Request } from '@andon/protocol';
import type { World } from '../engine/world.ts';
import { type Answer, HeldResource, type Operation } from './held-resource.ts';
import { FailureReports } from './failure-reports.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { Traits } from './traits.ts';

export interface HostMeans {
  readonly world: World;
  readonly process: SimulatedProcess;
  readonly traits: Traits;
  notify(method: string, params: unknown): void;
  ask(method: string, params: unknown, answered: (answer: unknown) => void): void;
}

type Respond = (answer: Answer) => void;
type Params<M extends keyof typeof ENTRY_POINTS> = ReturnType<(typeof ENTRY_POINTS)[M]['params']['parse']>;

const OK: Answer = { ok: true, result: {} };
const failed = (code: string): Answer => ({ ok: false, error: { code, message: `simulated: ${code}`, retryable: false } });

/** The entry points of a simulated host. Chance decides how long a call takes and whether it fails, hangs, pends or answers nonsense. */
export class HostCalls {
  readonly reports: FailureReports;
  readonly #means: HostMeans;
  readonly #newestOpen = new Map<string, Params<'open'>>();
  readonly #held = new Map<string, HeldResource>();
  #onlines = 0;

  constructor(means: HostMeans) {
    this.#means = means;
    this.reports = new FailureReports(means, this.#held);
  }

  told(): readonly Record<string, unknown>[] {
    return [...this.#held.values()].map((held) => held.told());
  }

  held(id: string): HeldResource | undefined {
    return this.#held.get(id);
  }

  /** Its resources may seem dead to whoever asks now. */
  slow(why: string): void {
    for (const held of this.#held.values()) this.#means.world.ledger.excused(held.id, held.incarnation, why);
  }

  /** what the daemon has not answered is told again. */
  welcomed(): void {
    for (const held of this.#held.values()) {
      if (held.unansweredReport) this.#tellReport(held, held.unansweredReport);
      if (held.failure) this.reports.tell(held, true);
    }
  }

  notified(method: string, params: unknown): void {
    if (method === 'recordDismissed') this.reports.dismissed(params);
  }

  /** Takes everything offline, the last online first. */
  giveUp(): void {
    const byOrder = [...this.#held.values()].toSorted((one, other) => other.onlineOrder - one.onlineOrder);
    for (const held of byOrder) this.#stopThing(held);
    this.#held.clear();
  }

  called(request: Request, respond: Respond): void {
    const { world, process, traits } = this.#means;
    const { method, params } = request;
    world.tell(process.name, `asked ${request.id}`);
    const workMs = world.mishap(0.01) ? world.draw.between(0, 2_000) : world.draw.between(0.02, traits.workMs);
    const later = (action: () => void): void => void process.after(workMs, action);
    switch (method) {
      case 'startup':
        return later(() => respond({ ok: true, result: { resourceTypes: ENTRY_POINTS.startup.params.parse(params).types } }));
      case 'open': {
        const asked = ENTRY_POINTS.open.params.parse(params);
        this.#newestOpen.set(asked.resourceId, asked);
        return later(() => respond(this.#open(asked)));
      }
      case 'online':
        return this.#online(ENTRY_POINTS.online.params.parse(params), respond, workMs);
      case 'offline':
        return this.#offline(ENTRY_POINTS.offline.params.parse(params), respond, workMs);
      case 'terminate':
        return this.#terminate(ENTRY_POINTS.terminate.params.parse(params), respond, workMs);
      case 'looksAlive':
      case 'isAlive':
        if (this.#hangs(0.001, params)) return undefined;
        return later(() => respond(this.#alive(ENTRY_POINTS.isAlive.params.parse(params))));
      case 'close': {
        const { resourceId } = ENTRY_POINTS.close.params.parse(params);
        const opened = this.#newestOpen.get(resourceId);
        return later(() => {
          // What was opened after this was asked is another instance.
          if (this.#newestOpen.get(resourceId) !== opened) return respond(failed('cancelled'));
          const held = this.#held.get(resourceId);
          if (held) {
            this.#stopThing(held);
            world.ledger.wentOffline(resourceId, held.incarnation);
          }
          this.#held.delete(resourceId);
          respond(OK);
        });
      }
      case 'ping':
        return this.#hangs(0.0005, {}) ? undefined : later(() => respond(OK));
      default:
        return later(() => respond(failed('notSupported')));
    }
  }

  #hangs(probability: number, params: unknown): boolean {
    const { world, process } = this.#means;
    if (!world.mishap(probability)) return false;
    process.excuse = 'a call hung';
    world.tell(process.name, `HANGS in ${JSON.stringify(params)}`);
    return true;
  }

  #open(asked: Params<'open'>): Answer {
    const { resourceId, recover } = asked;
    const { world } = this.#means;
    // Calls of one resource follow one another: what the daemon before asked does not overtake what this one asked.
    if (this.#newestOpen.get(resourceId) !== asked) return failed('cancelled');
    if (world.mishap(0.01)) return failed('failed');
    const held = new HeldResource(resourceId);
    this.#held.set(resourceId, held);
    world.tell(this.#means.process.name, `opens ${resourceId}, recover ${recover}`);
    held.hasFound = recover && world.machine.things.has(resourceId);
    return { ok: true, result: { found: held.hasFound ? 'running' : 'nothing' } };
  }

  #online({ resourceId, incarnation, eventHandle }: Params<'online'>, respond: Respond, workMs: number): void {
    const held = this.#held.get(resourceId);
    if (!held) return respond(failed('unknownResource'));
    if (incarnation < held.incarnation) return respond(failed('staleIncarnation'));
    const id = operationId(resourceId, incarnation, 'online');
    const again = this.#again(held, id, held.state === 'Online' && held.incarnation === incarnation, eventHandle);
    if (again) return respond(again);
    if (this.#hangs(0.002, { resourceId, incarnation })) {
      this.#means.world.ledger.excused(resourceId, incarnation, 'a call hung');
      return undefined;
    }
    this.#onlines++;
    Object.assign(held, { incarnation, state: 'OnlinePending', failure: null, isTerminating: false, onlineOrder: this.#onlines });
    held.contract = this.#means.traits.contract;
    return this.#run(held, { id, method: 'online' }, respond, workMs, () => this.#becomeOnline(held, eventHandle));
  }

  #becomeOnline(held: HeldResource, eventHandle: string): Answer {
    const { world, traits } = this.#means;
    this.#startThing(held);
    if (world.mishap(0.02)) {
      held.state = 'Failed';
      world.ledger.excused(held.id, held.incarnation, 'online failed');
      return failed('failed');
    }
    held.state = 'Online';
    if (!held.operation?.isPended && world.mishap(0.005)) {
      world.ledger.excused(held.id, held.incarnation, 'a malformed result');
      return { ok: true, result: { contract: 'poll', looksAliveMs: 0 } };
    }
    world.ledger.becameOnline(held.id, held.incarnation);
    return { ok: true, result: this.#contract(traits.contract, eventHandle) };
  }

  #contract(contract: 'event' | 'poll', eventHandle: string): Record<string, unknown> {
    return contract === 'event' ? { contract, eventHandle } : { contract, looksAliveMs: 5_000, isAliveMs: 20_000 };
  }

  #offline({ resourceId, incarnation }: Params<'offline'>, respond: Respond, workMs: number): void {
    const held = this.#held.get(resourceId);
    if (!held) return respond(failed('unknownResource'));
    if (incarnation < held.incarnation) return respond(failed('staleIncarnation'));
    const id = operationId(resourceId, incarnation, 'offline');
    const again = this.#again(held, id, held.state === 'Offline', '');
    if (again) return respond(again);
    if (this.#hangs(0.002, { resourceId, incarnation })) {
      this.#means.world.ledger.excused(resourceId, incarnation, 'a call hung');
      return undefined;
    }
    held.state = 'OfflinePending';
    return this.#run(held, { id, method: 'offline' }, respond, workMs, () => {
      if (this.#means.world.mishap(0.02)) {
        held.state = 'Failed';
        this.#means.world.ledger.excused(resourceId, incarnation, 'offline failed');
        return failed('failed');
      }
      this.#stopThing(held);
      held.state = 'Offline';
      held.failure = null;
      this.#means.world.ledger.wentOffline(resourceId, incarnation);
      return OK;
    });
  }

  /** A repeat of what was done or is being done acts on nothing. Without a memory of results the state itself must tell. */
  #again(held: HeldResource, id: string, isDone: boolean, eventHandle: string): Answer | null {
    const { remembers, contract } = this.#means.traits;
    if (held.operation?.id === id) {
      held.operation.isPended = true;
      return { ok: true, result: { pending: true } };
    }
    if (remembers && held.lastOp?.id === id) return held.lastOp.answer;
    if (!isDone) return null;
    return id.endsWith('/online') ? { ok: true, result: this.#contract(contract, eventHandle) } : OK;
  }

  /** Works for a while, at once or pended, and settles unless a terminate comes first. */
  #run(held: HeldResource, begun: Pick<Operation, 'id' | 'method'>, respond: Respond, workMs: number, done: () => Answer): void {
    const { world, process, traits } = this.#means;
    const operation: Operation = { ...begun, isPended: world.draw.chance(traits.pends), isCancelled: false, checkpoint: 0 };
    held.operation = operation;
    const pends = operation.isPended;
    if (pends) respond({ ok: true, result: { pending: true } });
    const step = (left: number): void => {
      if (operation.isCancelled) return pends ? undefined : respond(failed('cancelled'));
      if (left > 0 && pends) {
        operation.checkpoint++;
        const state = `${operation.method}Pending`;
        this.#means.ask('statusReport', { operationId: operation.id, checkpoint: operation.checkpoint, state }, () => undefined);
        return void process.after(world.draw.between(1, 3_000), () => step(left - 1));
      }
      const answer = done();
      held.operation = null;
      held.lastOp = { id: operation.id, ok: answer.ok, answer };
      if (operation.isPended) this.#tellReport(held, reportOf(operation, answer));
      if (!pends) respond(answer);
      return undefined;
    };
    if (pends && this.#hangs(0.02, { id: operation.id })) world.ledger.excused(held.id, held.incarnation, 'a pended operation fell silent');
    else process.after(workMs, () => step(pends ? world.draw.below(4) : 0));
  }

  #tellReport(held: HeldResource, report: Record<string, unknown>): void {
    held.unansweredReport = report;
    this.#means.ask('statusReport', report, () => {
      if (held.unansweredReport === report) held.unansweredReport = null;
    });
  }

  #terminate({ resourceId, incarnation, cause }: Params<'terminate'>, respond: Respond, workMs: number): void {
    const { world, process, traits } = this.#means;
    const held = this.#held.get(resourceId);
    if (!held) return respond(OK);
    if (incarnation < held.incarnation) return respond(failed('staleIncarnation'));
    const id = operationId(resourceId, incarnation, 'terminate');
    if (traits.remembers && held.lastOp?.id === id) return respond(held.lastOp.answer);
    if (held.isTerminating && held.incarnation === incarnation) return void held.terminateWaiters.push(respond);
    if (held.state === 'Failed' && held.lastOp?.id === id) return respond(OK);
    world.ledger.terminating(process, resourceId, incarnation, cause, held);
    held.incarnation = incarnation;
    held.isTerminating = true;
    held.failure = null;
    held.unansweredReport = null;
    if (held.operation) held.operation.isCancelled = true;
    held.operation = null;
    if (this.#hangs(0.002, { resourceId, incarnation })) return undefined;
    process.after(workMs, () => {
      if (!held.isTerminating || held.incarnation !== incarnation) return respond(OK);
      this.#stopThing(held);
      held.isTerminating = false;
      held.state = 'Failed';
      held.lastOp = { id, ok: true, answer: OK };
      for (const waiting of held.terminateWaiters.splice(0)) waiting(OK);
      return respond(OK);
    });
    return undefined;
  }

  #alive({ resourceId, incarnation }: Params<'isAlive'>): Answer {
    const { ledger, machine } = this.#means.world;
    const alive = machine.things.get(resourceId)?.isWell === true && this.#held.get(resourceId)?.state === 'Online';
    ledger.askedAlive(resourceId, incarnation, alive);
    return { ok: true, result: { alive } };
  }

  #startThing(held: HeldResource): void {
    const { world, process, traits } = this.#means;
    const { things } = world.machine;
    const running = things.get(held.id);
    // C-10: what `open` found is adopted, and what this process began itself it knows of.
    if (running && running.startedBy !== process && !held.hasFound) {
      world.ledger.violated(
        'no two processes for one resource',
        `${held.id}@${held.incarnation} starts in pid ${process.identity.pid} while @${running.incarnation} was started by pid ${running.startedBy.identity.pid}`,
      );
    }
    things.set(held.id, { resource: held.id, incarnation: held.incarnation, startedBy: process, outlives: traits.outlives, isWell: true });
  }

  #stopThing(held: HeldResource): void {
    this.#means.world.machine.things.delete(held.id);
  }
}

function reportOf({ id, method, checkpoint }: Operation, answer: Answer): Record<string, unknown> {
  const head = { operationId: id, checkpoint: checkpoint + 1 };
  if (!answer.ok) return { ...head, state: 'failed', code: answer.error.code };
  if (method === 'offline') return { ...head, state: 'offline' };
  const result = answer.result;
  const handle = typeof result === 'object' && result !== null && 'eventHandle' in result ? { eventHandle: result.eventHandle } : {};
  return { ...head, state: 'online', ...handle };
}
