import type { Contract, EntryPointParams, HostedResource, RememberedCall, ResourceName } from '@andon/protocol';
import { checkedContract } from './contract.ts';
import { Incarnation } from './incarnation.ts';
import { InstanceCalls, type InstanceServices } from './instance-calls.ts';
import { type Answer, Operation, type OperationOptions } from './operation.ts';
import { staleIncarnation, wrongState } from './refusals.ts';
import type { EndingCause } from './resource.ts';
import type { EntryPoints } from './typed-instance.ts';

/** `Terminated` is told as Failed: whether it counts as a failure is for the daemon to say. */
type Phase = 'Offline' | 'OnlinePending' | 'Online' | 'OfflinePending' | 'Failed' | 'Terminated';

/** One resource of this host: what state it is in, which operation runs, and how the last ones ended. */
export class Instance {
  readonly name: ResourceName;
  readonly typeName: string;
  readonly calls: InstanceCalls;
  readonly #entryPoints: EntryPoints;
  readonly #services: InstanceServices;
  readonly #memory = new Map<RememberedCall, Operation>();
  #phase: Phase = 'Offline';
  #incarnation = 0;
  #life: Incarnation | undefined;
  /** Something of it may run, so offline and terminate must ask the author. */
  #mayRun = false;
  #contract: Contract['contract'] | undefined;
  #running: Operation | undefined;
  #newest: Operation | undefined;
  #lastFinished: { readonly id: string; readonly ok: boolean } | undefined;
  /** When it came online, as a sequence number of this host; for the reverse order of an orphaned host. */
  onlineSince = 0;

  constructor(name: ResourceName, typeName: string, entryPoints: EntryPoints, services: InstanceServices) {
    this.name = name;
    this.typeName = typeName;
    this.#entryPoints = entryPoints;
    this.#services = services;
    this.calls = new InstanceCalls(this, entryPoints, services);
  }

  get incarnation(): number {
    return this.#incarnation;
  }
  get life(): Incarnation | undefined {
    return this.#life;
  }
  get mayRun(): boolean {
    return this.#mayRun;
  }
  get isAvailable(): boolean {
    return this.#phase === 'Online' || this.#phase === 'OnlinePending' || this.#phase === 'Failed';
  }

  describe(): HostedResource {
    return {
      id: this.name,
      incarnation: this.#incarnation,
      state: this.#phase === 'Terminated' ? 'Failed' : this.#phase,
      ...(this.#life?.failed ? { failed: true } : {}),
      ...(this.#lastFinished ? { lastOp: this.#lastFinished } : {}),
      ...(this.#contract && this.#phase === 'Online' ? { contract: this.#contract } : {}),
    };
  }

  async open(properties: unknown, recover: boolean): Promise<'nothing' | 'running'> {
    const found = await this.#entryPoints.open(this.calls.facts(neverAborted()), properties, recover);
    this.#mayRun = recover || found === 'running';
    return found;
  }

  online(id: string, params: EntryPointParams<'online'>): Promise<Answer> {
    const known = this.#remembered('online', id);
    if (known) return known;
    const { incarnation } = params;
    if (incarnation <= this.#incarnation) throw staleIncarnation(this.name, incarnation, this.#incarnation);
    if (this.#phase !== 'Offline' && this.#phase !== 'Terminated') {
      throw wrongState('online', this.describe(), 'terminate it first');
    }
    this.#incarnation = incarnation;
    this.#phase = 'OnlinePending';
    this.#mayRun = true;
    this.#contract = undefined;
    const life = this.#begin(params);
    return this.#run({
      id,
      call: 'online',
      abort: (reason) => life.abort(reason),
      work: async (operation) => {
        const facts = this.calls.facts(life.signal, operation);
        const answered = await this.#entryPoints.online(facts, params.properties);
        const contract = checkedContract(answered, params.eventHandle);
        this.#contract = contract.contract;
        return contract;
      },
    });
  }

  offline(id: string, params: EntryPointParams<'offline'>): Promise<Answer> {
    const known = this.#remembered('offline', id);
    if (known) return known;
    this.#refuseOlder(params.incarnation);
    if (this.#running) throw wrongState('offline', this.describe(), 'terminate it or wait');
    this.#incarnation = params.incarnation;
    this.#phase = 'OfflinePending';
    if (this.#life) this.#life.leaving = true;
    const controller = new AbortController();
    return this.#run({
      id,
      call: 'offline',
      abort: (reason) => controller.abort(new DOMException(reason, 'AbortError')),
      work: async (operation) => {
        if (this.#mayRun)
          await this.#entryPoints.offline(this.calls.facts(controller.signal, operation), { cause: params.cause, reason: '' });
        return {};
      },
    });
  }

  terminate(id: string, params: EntryPointParams<'terminate'>, deadlineMs?: number): Promise<Answer> {
    const known = this.#remembered('terminate', id);
    if (known) return known;
    this.#refuseOlder(params.incarnation);
    this.#incarnation = params.incarnation;
    const earlier = this.#memory.get('terminate')?.settled;
    const { cause, reason } = params;
    const why = { cause, reason, ...(deadlineMs === undefined ? {} : { deadlineMs }) };
    const operation = this.#start({
      id,
      call: 'terminate',
      abort: () => {},
      work: () => this.#cleanUp(why, earlier),
    });
    void operation.settled.then((answer) => this.#remember(operation, answer));
    return operation.firstAnswer();
  }

  /** A daemon is there again: it is told what the one before has not answered. */
  tellAgain(): void {
    this.#newest?.tellAgain();
  }

  /** Forgets a failure that the daemon verified and refuted. */
  dismissRecord(incarnation: number): void {
    if (this.#life?.number !== incarnation || !this.#life.failed) return;
    this.#life.dismiss();
    if (this.#phase === 'Failed') this.#phase = 'Online';
  }

  async close(): Promise<void> {
    if (this.#mayRun || this.#running) throw wrongState('close', this.describe(), 'take it offline first');
    await this.#entryPoints.close(this.calls.facts(neverAborted()));
    this.#life?.end('closed');
  }

  /** Asks the online or offline of this id to give up. */
  cancel(id: string, reason: string): void {
    if (this.#running?.id === id) this.#running.cancel(reason);
  }

  /** The host does on its own account what the daemon is not there to ask for. */
  async abandon(how: 'offline' | 'terminate', why: EndingCause): Promise<void> {
    if (this.#life) this.#life.leaving = true;
    this.#running?.supersede(why.reason);
    await this.#running?.settled;
    await this.#entryPoints[how](this.calls.facts(neverAborted()), why);
    this.#mayRun = false;
  }

  /** Terminate means *cleaned up*: so it waits for the operation that it overtook, and cleans up after it once more. */
  async #cleanUp(why: EndingCause, earlier: Promise<Answer> | undefined): Promise<object> {
    const reason = `terminate: ${why.reason}`;
    const overtaken = this.#running;
    overtaken?.supersede(reason);
    this.calls.cancel(reason);
    this.#life?.end(reason);
    this.#phase = 'Failed';
    await earlier;
    const facts = this.calls.facts(neverAborted());
    const failure = this.#mayRun ? await attempt(() => this.#entryPoints.terminate(facts, why)) : undefined;
    const end = await overtaken?.settled;
    if (overtaken?.call === 'online' && end?.ok) await this.#entryPoints.terminate(facts, why);
    else if (failure) throw failure.error;
    this.#mayRun = false;
    this.#phase = 'Terminated';
    return {};
  }

  #begin(params: EntryPointParams<'online'>): Incarnation {
    const { incarnation: number, eventHandle, failureRecord, clearHang = false } = params;
    const { writer } = this.#services;
    const onFailed = (): void => {
      if (this.#phase === 'Online') this.#phase = 'Failed';
    };
    this.#life = new Incarnation({ name: this.name, number, eventHandle, failureRecord, clearHang, writer, onFailed });
    return this.#life;
  }

  #run(options: Omit<OperationOptions, 'send'>): Promise<Answer> {
    const operation = this.#start(options);
    this.#running = operation;
    void operation.settled.then((answer) => this.#finish(operation, answer));
    return operation.firstAnswer();
  }

  #start(options: Omit<OperationOptions, 'send'>): Operation {
    const operation = new Operation({ ...options, send: (report) => this.#services.statusReport(report) });
    this.#memory.set(options.call, operation);
    this.#newest = operation;
    return operation;
  }

  #finish(operation: Operation, answer: Answer): void {
    this.#running = undefined;
    if (operation.superseded) return;
    this.#remember(operation, answer);
    if (!answer.ok) {
      this.#phase = 'Failed';
      if (this.#life) this.#life.leaving = false;
    } else if (operation.call === 'online') {
      this.#phase = this.#life?.failed ? 'Failed' : 'Online';
      this.onlineSince = this.#services.nextSequence();
    } else {
      this.#phase = 'Offline';
      this.#mayRun = false;
      this.#life?.end('offline');
    }
  }

  #remember(operation: Operation, answer: Answer): void {
    this.#lastFinished = { id: operation.id, ok: answer.ok };
  }

  #refuseOlder(incarnation: number): void {
    if (incarnation < this.#incarnation) throw staleIncarnation(this.name, incarnation, this.#incarnation);
  }

  #remembered(call: RememberedCall, id: string): Promise<Answer> | undefined {
    const operation = this.#memory.get(call);
    return operation?.id === id ? operation.firstAnswer() : undefined;
  }
}

/** For a call that nothing overtakes; one for each, because authors may leave listeners on it. */
function neverAborted(): AbortSignal {
  return new AbortController().signal;
}

async function attempt(action: () => Promise<void>): Promise<{ readonly error: unknown } | undefined> {
  try {
    await action();
    return undefined;
  } catch (error) {
    return { error };
  }
}
