import { Administrator } from './actors/administrator.ts';
import { DaemonLife } from './actors/daemon-life.ts';
import type { SimulatedHost } from './actors/host.ts';
import { Troublemaker } from './actors/troublemaker.ts';
import { drawTopology } from './engine/topology.ts';
import { World } from './engine/world.ts';
import type { Violation } from './judge/ledger.ts';
import { judgeSettled } from './judge/settled.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** Trouble and calm take turns. */
const TROUBLE_MS = 10 * MINUTE;
/** Longer than any limit, back-off and retry period of the resources in it. */
const CALM_MS = 6 * MINUTE;
/** Words to the world between two deaths, on the average. */
const PASSAGES_PER_DEATH = { daemon: 1_000, host: 600 };
const MOST_TIMERS_PER_RESOURCE = 4;

export interface SimulationOptions {
  readonly seed: number;
  readonly hours: number;
  /** Names of faults that do not happen; `daemon-crash` is one too. */
  readonly without?: readonly string[];
  /** Dies at this word to the world, counted from the start, and at no other: the daemon, or a host. */
  readonly diesAt?: { readonly who: 'daemon' | 'host'; readonly passage: number };
  /** Length of each time of trouble, ms. */
  readonly troubleMs?: number;
}

export interface SimulationReport {
  readonly seed: number;
  readonly simulatedMs: number;
  readonly steps: number;
  /** Words of the daemon, and of hosts, to the world: each a place to die at. */
  readonly passages: { readonly daemon: number; readonly host: number };
  readonly counts: Readonly<Record<string, number>>;
  readonly violations: readonly Violation[];
  readonly story: readonly string[];
}

/** Runs one world from its seed. Two runs of the same seed are the same, step by step. */
export class Simulation {
  readonly world: World;
  readonly #options: SimulationOptions;
  readonly #hosts = new Set<SimulatedHost>();
  readonly #administrator: Administrator;
  #life: DaemonLife;
  readonly #passages = { daemon: 0, host: 0 };
  readonly #untilDeath = { daemon: 0, host: 0 };
  #steps = 0;

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.world = new World(options.seed);
    this.#administrator = new Administrator(this.world, drawTopology(this.world.draw.fork()));
    this.#drawDeath('daemon');
    this.#drawDeath('host');
    this.world.hostDiesHere = () => this.#diesHere('host');
    this.#life = this.#newLife();
  }

  async run(): Promise<SimulationReport> {
    const { world } = this;
    this.#administrator.setUp(() => this.#trouble());
    new Troublemaker(world, {
      hosts: this.#hosts,
      daemon: () => this.#life,
      stopDaemon: (leaveResources) => this.#life.stop(leaveResources),
      reboot: () => this.#reboot(),
      meddle: () => this.#administrator.meddle(),
      replace: () => this.#administrator.replace(),
    }).begin(new Set(this.#options.without));
    const startMs = world.schedule.nowMs;
    const endMs = startMs + this.#options.hours * 60 * MINUTE;
    while (world.schedule.nowMs < endMs && world.ledger.violations.length === 0 && world.schedule.step()) {
      this.#steps++;
      // Promises of the daemon settle before anything else happens, as they do between two callbacks of Node.
      await new Promise(setImmediate);
    }
    return {
      seed: this.#options.seed,
      simulatedMs: world.schedule.nowMs - startMs,
      steps: this.#steps,
      passages: this.#passages,
      counts: world.ledger.counts,
      violations: world.ledger.violations,
      story: world.story(),
    };
  }

  #newLife(): DaemonLife {
    return new DaemonLife(this.world, { hosts: this.#hosts, diesAt: () => this.#diesHere('daemon') }, () => this.#daemonEnded());
  }

  #diesHere(who: 'daemon' | 'host'): boolean {
    if (this.world.isCalm) return false;
    this.#passages[who]++;
    const { diesAt, without } = this.#options;
    if (diesAt) return diesAt.who === who && this.#passages[who] === diesAt.passage;
    if (without?.includes(`${who}-crash`)) return false;
    this.#untilDeath[who]--;
    if (this.#untilDeath[who] > 0) return false;
    this.#drawDeath(who);
    return true;
  }

  #drawDeath(who: 'daemon' | 'host'): void {
    this.#untilDeath[who] = Math.ceil(this.world.draw.exponential(PASSAGES_PER_DEATH[who]));
  }

  /** A service manager starts it again; now and then that takes longer than hosts wait. */
  #daemonEnded(): void {
    const { draw, schedule } = this.world;
    const afterMs = this.world.mishap(0.01) ? 12 * MINUTE : draw.between(1, draw.chance(0.5) ? 500 : 15 * SECOND);
    schedule.after(afterMs, () => {
      this.#life = this.#newLife();
    });
  }

  #reboot(): void {
    const { world } = this;
    world.tell('machine', 'loses power');
    for (const process of world.machine.processes.values()) if (process.name !== 'stranger') process.end({ kind: 'gone' });
    world.machine.forget(`boot-${world.schedule.nowMs}`);
    world.ledger.rebooted();
    world.disk.lose(world.draw.below(world.disk.unsynced + 1));
    this.#life.crash('with the machine');
  }

  #trouble(): void {
    this.world.isCalm = false;
    this.world.schedule.after(this.#options.troubleMs ?? TROUBLE_MS, () => this.#calm());
  }

  #calm(): void {
    const { world } = this;
    world.isCalm = true;
    for (const host of this.#hosts) host.process.continue();
    world.disk.isRefusing = false;
    world.schedule.after(MINUTE, () => this.#administrator.restore(() => world.schedule.after(CALM_MS, () => this.#judge())));
  }

  #judge(): void {
    const { world } = this;
    this.#administrator.status((status) => {
      world.ledger.judgeReports();
      judgeSettled(world, this.#administrator, status);
      const most = MOST_TIMERS_PER_RESOURCE * (status.resources.length + status.hosts.length) + 20;
      if (this.#life.loop.timers > most)
        world.ledger.violated('no timer is forgotten', `${this.#life.loop.timers} timers for ${status.resources.length} resources`);
      this.#trouble();
    });
  }
}
