import { Goodbye, Notify, Request, Response, Welcome } from '@andon/protocol';
import type { World } from '../engine/world.ts';
import { WireEnd } from '../kernel/wire.ts';
import type { Answer } from './held-resource.ts';
import { HostCalls } from './host-calls.ts';
import { NOT_GREETED, type SimulatedProcess } from './simulated-process.ts';
import type { Traits } from './traits.ts';

export interface HostBirth {
  readonly hostId: string;
  readonly token: string;
  readonly traits: Traits;
}

/** A host that keeps the protocol, as far as chance lets it: connects, says hello, answers, comes back, gives up when orphaned. */
export class SimulatedHost {
  readonly process: SimulatedProcess;
  readonly #world: World;
  readonly #birth: HostBirth;
  readonly #calls: HostCalls;
  #end: WireEnd | null = null;
  #isWelcome = false;
  #orphanPeriodMs = 600_000;
  #orphaned: { cancel(): void } | null = null;
  #connections = 0;
  #lastRequest = 0;
  readonly #waiting = new Map<string, (answer: unknown) => void>();

  constructor(world: World, process: SimulatedProcess, birth: HostBirth) {
    this.#world = world;
    this.process = process;
    this.#birth = birth;
    this.#calls = new HostCalls({
      world,
      process,
      traits: birth.traits,
      notify: (method, params) => this.#send('notify', { method, params }),
      ask: (method, params, answered) => this.#ask(method, params, answered),
    });
    process.onSigterm(() => this.#finish());
    process.whenGone(() => this.#end?.destroy());
    const { draw } = world;
    if (world.mishap(0.02)) process.after(draw.between(1, 100), () => process.end({ kind: 'exited', code: 1 }));
    else if (!world.mishap(0.005)) process.after(draw.between(1, 60), () => this.#connect());
  }

  /** The connection breaks without anybody's doing. */
  loseConnection(): void {
    this.#end?.cut();
  }

  get calls(): HostCalls {
    return this.#calls;
  }

  #connect(): void {
    const door = this.#world.machine.hostDoor;
    if (!door) return this.#retry();
    const [ours, theirs] = WireEnd.pair(this.process, door.owner, this.#world);
    this.#end = ours;
    this.#connections++;
    const connection = this.#connections;
    ours.listener = {
      onFrame: (type, data) => this.#heard(type, data),
      onClosed: () => {
        if (connection === this.#connections) this.#lost();
      },
    };
    door.connect(theirs);
    this.process.after(0.01, () => this.#sayHello());
    return undefined;
  }

  #sayHello(): void {
    const { hostId, token, traits } = this.#birth;
    this.#end?.send('hello', {
      protocols: ['andon/1'],
      token,
      hostId,
      pid: this.process.identity.pid,
      concurrency: traits.concurrency,
      capabilities: { remembersResults: traits.remembers },
      resources: this.#calls.told(),
    });
  }

  #retry(): void {
    this.process.after(this.#world.draw.between(100, 2_000), () => this.#connect());
  }

  #lost(): void {
    this.#end = null;
    this.#isWelcome = false;
    this.#waiting.clear();
    if (this.process.isGone) return;
    this.#expectDaemon();
    this.#retry();
  }

  #expectDaemon(): void {
    if (this.#orphanPeriodMs === 0) return;
    this.#orphaned ??= this.process.after(this.#orphanPeriodMs, () => this.#finish());
  }

  #heard(type: string, data: unknown): void {
    switch (type) {
      case 'welcome':
        return this.#welcomed(Welcome.parse(data));
      case 'goodbye':
        return this.#toldGoodbye(Goodbye.parse(data));
      case 'request':
        return this.#asked(Request.parse(data));
      case 'response':
        return this.#answered(Response.parse(data));
      case 'notify': {
        const { method, params } = Notify.parse(data);
        return this.#calls.notified(method, params);
      }
      default:
        return this.#world.ledger.violated('the daemon sends frames of the six types', `host ${this.#birth.hostId} got "${type}"`);
    }
  }

  #welcomed({ limits }: Welcome): void {
    if (this.process.excuse === NOT_GREETED) this.process.excuse = null;
    this.#isWelcome = true;
    this.#orphanPeriodMs = limits.orphanPeriodMs;
    this.#orphaned?.cancel();
    this.#orphaned = null;
    this.#calls.welcomed();
  }

  #toldGoodbye({ code }: Goodbye): void {
    if (code === 'shutdown') return this.#finish();
    if (this.#calls.told().length === 0) return this.process.end({ kind: 'exited', code: 1 });
    return undefined;
  }

  /** Takes everything offline and ends. */
  #finish(): void {
    this.process.excuse = 'was told to end';
    this.#calls.giveUp();
    this.process.after(this.#world.draw.between(0.1, 20), () => this.process.end({ kind: 'exited', code: 0 }));
  }

  #asked(request: Request): void {
    const connection = this.#connections;
    this.#world.ledger.called(this.process, connection, request, this.#birth.traits);
    this.#calls.called(request, (answer: Answer) => {
      // An answer to a request of an earlier connection would answer nothing.
      if (connection !== this.#connections || !this.#isWelcome) return;
      this.#world.ledger.answered(this.process, connection, request);
      this.#send('response', { id: request.id, ...answer });
      if (this.#world.mishap(0.002)) this.#send('response', { id: request.id, ...answer });
    });
  }

  #send(type: string, data: unknown): void {
    if (this.#isWelcome) this.#end?.send(type, data);
  }

  #ask(method: string, params: unknown, answered: (answer: unknown) => void): void {
    if (!this.#isWelcome) return;
    this.#lastRequest++;
    const id = `h${this.#lastRequest}`;
    this.#waiting.set(id, answered);
    this.#end?.send('request', { id, method, params });
  }

  #answered(response: Response): void {
    const waiting = this.#waiting.get(response.id);
    this.#waiting.delete(response.id);
    waiting?.(response.ok ? response.result : response.error);
  }
}
