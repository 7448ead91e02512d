import type { ProcessExit, ProcessIdentity } from '../../../daemon/src/ports/index.ts';
import type { World } from '../engine/world.ts';
import type { Pipe } from '../kernel/pipe.ts';

/** How long a process that was killed may still be there, now and then: it waits for a disk that does not answer. */
const UNKILLABLE_MS = 25_000;

export const NOT_GREETED = 'has not said hello yet';

/** A process of the simulated machine: may be stopped, killed, and be slow to go. What it runs is given to it. */
export class SimulatedProcess {
  readonly identity: ProcessIdentity;
  readonly name: string;
  /** Descriptor 3. */
  readonly inherited: Pipe | null;
  exit: ProcessExit | null = null;
  /** Why a daemon may kill it; null while it does what a host must. */
  excuse: string | null = NOT_GREETED;
  readonly #world: World;
  #isStopped = false;
  #isDoomed = false;
  #held: (() => void)[] = [];
  readonly #whenGone: (() => void)[] = [];
  #onSigterm: () => void = () => this.end({ kind: 'signalled', signal: 'SIGTERM' });

  constructor(world: World, name: string, inherited: Pipe | null, pid = world.machine.nextPid()) {
    this.#world = world;
    this.name = name;
    this.inherited = inherited;
    this.identity = { pid, startTime: String(Math.round(world.schedule.nowMs * 1000)), bootId: world.machine.bootId };
    world.machine.processes.set(pid, this);
    inherited?.hold(this);
  }

  get isGone(): boolean {
    return this.exit !== null;
  }

  /** Runs now, or once the process goes on; never once it is gone. */
  post(action: () => void): void {
    if (this.isGone || this.#isDoomed) return;
    if (this.#isStopped) this.#held.push(action);
    else action();
  }

  /** It says something, or has just said it. */
  passage(what: string): void {
    if (this.isGone || this.#isDoomed || !this.#world.hostDiesHere()) return;
    this.#world.tell(this.name, `dies ${what}`);
    this.end({ kind: 'signalled', signal: 'SIGKILL' });
  }

  after(ms: number, action: () => void): { cancel(): void } {
    return this.#world.schedule.after(ms, () => this.post(action));
  }

  onSigterm(action: () => void): void {
    this.#onSigterm = action;
  }

  whenGone(action: () => void): void {
    if (this.isGone) action();
    else this.#whenGone.push(action);
  }

  stop(): void {
    this.excuse = 'was stopped';
    this.#isStopped = true;
  }

  continue(): void {
    if (!this.#isStopped) return;
    this.#isStopped = false;
    for (const action of this.#held.splice(0)) this.post(action);
  }

  politely(): void {
    this.post(this.#onSigterm);
  }

  /** Cannot be refused, but may take its time. */
  kill(signal: string): void {
    if (this.#isDoomed || this.isGone) return;
    this.#isDoomed = true;
    this.excuse = 'is being killed';
    const isSlow = this.#world.mishap(0.1);
    const afterMs = isSlow ? this.#world.draw.between(0, UNKILLABLE_MS) : this.#world.draw.between(0.05, 2);
    this.#world.schedule.after(afterMs, () => this.end({ kind: 'signalled', signal }));
  }

  end(exit: ProcessExit): void {
    if (this.isGone) return;
    this.exit = exit;
    this.#held = [];
    const { machine } = this.#world;
    if (machine.processes.get(this.identity.pid) === this) machine.processes.delete(this.identity.pid);
    for (const [resource, thing] of machine.things) if (thing.startedBy === this && !thing.outlives) machine.things.delete(resource);
    this.#world.tell(this.name, `pid ${this.identity.pid} is gone (${exit.kind})`);
    for (const action of this.#whenGone.splice(0)) action();
    this.inherited?.letGo(this);
  }
}
