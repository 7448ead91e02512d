import type { Unsaved, UnsavedNotes } from '../../../daemon/src/ports/index.ts';
import type { SimulatedProcess } from '../actors/simulated-process.ts';
import type { Pipe } from './pipe.ts';
import type { WireEnd } from './wire.ts';

/** Something that runs and that a resource stands for. Where it is held in a host, it ends with that host's process. */
export interface Thing {
  readonly resource: string;
  readonly incarnation: number;
  /** With this process it ends too, unless it has processes of its own, which outlive their host. */
  readonly startedBy: SimulatedProcess;
  readonly outlives: boolean;
  /** False: it hangs or answers nonsense; it is there and does not work. */
  isWell: boolean;
}

/** Whoever answers at a socket. */
export interface Door {
  /** Connects at once; the owner takes notice when its loop gets there, and breaks the connection with its end. */
  connect(end: WireEnd): void;
  readonly owner: { post(action: () => void): void; passage(what: string): void };
}

const NOTHING_UNSAVED: Unsaved = { hosts: [], goneHosts: [], incarnations: {} };

/** The simulated machine: what is there whether or not a daemon runs. */
export class Machine {
  bootId = 'boot-1';
  readonly pipes = new Map<string, Pipe>();
  readonly processes = new Map<number, SimulatedProcess>();
  readonly things = new Map<string, Thing>();
  hostDoor: Door | null = null;
  controlDoor: Door | null = null;
  /** What a daemon noted in the memory of the machine. */
  #unsaved: Unsaved = NOTHING_UNSAVED;
  #lastPid = 1_000;

  notes(isAlive: () => boolean): UnsavedNotes {
    return {
      read: () => this.#unsaved,
      keep: (unsaved) => {
        if (isAlive()) this.#unsaved = unsaved;
        return true;
      },
    };
  }

  /** Power is gone, and with it all that is no disk. */
  forget(bootId: string): void {
    this.bootId = bootId;
    this.things.clear();
    this.pipes.clear();
    this.processes.clear();
    this.#unsaved = NOTHING_UNSAVED;
  }

  nextPid(): number {
    return ++this.#lastPid;
  }
}
