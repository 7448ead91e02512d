import type { ConnectionListener } from '@andon/protocol/node';
import type { SimulatedProcess } from '../actors/simulated-process.ts';
import type { Pipe } from './pipe.ts';
import type { WireEnd } from './wire.ts';

/** Something that runs and that a resource stands for. Where it is held in a host, it ends with that host's process. */
export interface Thing {
  readonly resource: string;
  readonly incarnation: number;
  /** Null: it has a process of its own and outlives its host. */
  readonly heldBy: SimulatedProcess | null;
  /** False: it hangs or answers nonsense; it is there and does not work. */
  isWell: boolean;
}

/** Whoever answers at a socket. */
export interface Door {
  admit(end: WireEnd): ConnectionListener;
  readonly owner: { post(action: () => void): void; passage(what: string): void };
}

/** The simulated machine: what is there whether or not a daemon runs. */
export class Machine {
  bootId = 'boot-1';
  readonly pipes = new Map<string, Pipe>();
  readonly processes = new Map<number, SimulatedProcess>();
  readonly things = new Map<string, Thing>();
  hostDoor: Door | null = null;
  controlDoor: Door | null = null;
  #lastPid = 1_000;

  nextPid(): number {
    return ++this.#lastPid;
  }
}
