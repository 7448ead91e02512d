import type { World } from '../engine/world.ts';
import { SimulatedProcess } from './simulated-process.ts';
import type { DaemonLife } from './daemon-life.ts';
import type { SimulatedHost } from './host.ts';

export interface Victims {
  readonly hosts: ReadonlySet<SimulatedHost>;
  daemon(): DaemonLife;
  /** Ends the daemon in an orderly way; another follows. */
  stopDaemon(leaveResources: boolean): void;
  /** Power is cut and comes back. */
  reboot(): void;
  meddle(): void;
  /** Removes a resource and adds it again. */
  replace(): void;
}

/** What can be left out of a simulation, to find out which of them a violation needs. The death of the daemon is not among them. */
export const FAULTS = [
  'broken-thing',
  'false-alarm',
  'administrator',
  'replacement',
  'host-signal',
  'host-stop',
  'connection-cut',
  'garbage',
  'foreign-record',
  'daemon-stop',
  'daemon-restart',
  'full-disk',
  'flood',
  'clock-jump',
  'reboot',
] as const;
type Fault = (typeof FAULTS)[number];

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Everything that goes wrong by itself, each on the average so often. Rests while the world is calm. */
export class Troublemaker {
  readonly #world: World;
  readonly #victims: Victims;

  constructor(world: World, victims: Victims) {
    this.#world = world;
    this.#victims = victims;
  }

  /** All but `without`, which are names of FAULTS. */
  begin(without: ReadonlySet<string>): void {
    for (const [name, { everyMs, fault }] of Object.entries(this.#faults())) if (!without.has(name)) this.#every(everyMs, fault);
  }

  #faults(): Record<Fault, { readonly everyMs: number; fault(): void }> {
    const { draw } = this.#world;
    const victims = this.#victims;
    return {
      'broken-thing': { everyMs: 12 * SECOND, fault: () => this.#breakThing() },
      'false-alarm': { everyMs: 90 * SECOND, fault: () => this.#cryWolf() },
      administrator: { everyMs: 20 * SECOND, fault: () => victims.meddle() },
      replacement: { everyMs: 60 * SECOND, fault: () => this.#replaceResource() },
      'host-signal': { everyMs: 60 * SECOND, fault: () => this.#crashHost() },
      'host-stop': { everyMs: 50 * SECOND, fault: () => this.#stopHost() },
      'connection-cut': { everyMs: 60 * SECOND, fault: () => this.#someHost()?.loseConnection() },
      garbage: { everyMs: 20 * SECOND, fault: () => this.#writeGarbage() },
      'foreign-record': { everyMs: 2 * MINUTE, fault: () => this.#pretend() },
      'daemon-stop': { everyMs: 2 * MINUTE, fault: () => this.#stopDaemonForAWhile() },
      'daemon-restart': { everyMs: 3 * MINUTE, fault: () => victims.stopDaemon(draw.chance(0.6)) },
      'full-disk': { everyMs: 4 * MINUTE, fault: () => this.#refuseWrites() },
      flood: { everyMs: 10 * MINUTE, fault: () => this.#flood() },
      'clock-jump': { everyMs: 20 * MINUTE, fault: () => this.#jumpClock() },
      reboot: { everyMs: 25 * MINUTE, fault: () => victims.reboot() },
    };
  }

  #every(meanMs: number, fault: () => void): void {
    const { schedule, draw } = this.#world;
    schedule.after(draw.exponential(meanMs), () => {
      if (!this.#world.isCalm) fault();
      this.#every(meanMs, fault);
    });
  }

  #someHost(): SimulatedHost | undefined {
    return this.#world.draw.pick([...this.#victims.hosts]);
  }

  /** A thing ends or hangs, and its host, if it lives, learns of it. */
  #breakThing(): void {
    const { machine, draw, tell } = this.#view();
    const thing = draw.pick([...machine.things.values()]);
    if (!thing) return;
    thing.isWell = false;
    tell('world', `${thing.resource}@${thing.incarnation} breaks`);
    this.#learn(thing.resource, 'it broke');
  }

  /** Says that it failed, and is well. */
  #cryWolf(): void {
    const { machine, draw } = this.#view();
    const thing = draw.pick([...machine.things.values()]);
    if (thing) this.#learn(thing.resource, 'so it says');
  }

  #learn(resource: string, reason: string): void {
    for (const host of this.#victims.hosts) {
      const held = host.calls.held(resource);
      if (held) host.process.post(() => host.calls.reports.failed(held, reason));
    }
  }

  /** As often as not the daemon dies before both halves of it are done. */
  #replaceResource(): void {
    const { schedule, draw } = this.#world;
    this.#victims.replace();
    if (draw.chance(0.5)) schedule.after(draw.between(1, 400), () => this.#victims.daemon().crash('while a resource is replaced'));
  }

  #crashHost(): void {
    const host = this.#someHost();
    if (!host) return;
    const { machine, draw } = this.#view();
    const { pid } = host.process.identity;
    host.process.kill('SIGSEGV');
    if (!draw.chance(0.2)) return;
    // The kernel gives its number to somebody else, who must never be taken for it.
    host.process.whenGone(() => {
      if (machine.processes.has(pid)) return;
      const stranger = new SimulatedProcess(this.#world, 'stranger', null, pid);
      stranger.whenGone(() => this.#world.ledger.violated('no stranger is harmed', `pid ${pid} was somebody else`));
      this.#world.schedule.after(MINUTE, () => machine.processes.delete(pid));
    });
  }

  #stopHost(): void {
    const host = this.#someHost();
    if (!host) return;
    const { schedule, draw, tell } = this.#view();
    const forMs = draw.chance(0.1) ? draw.between(10 * SECOND, 50 * SECOND) : draw.between(1, 6 * SECOND);
    tell(host.process.name, `is stopped for ${forMs.toFixed(0)} ms`);
    host.calls.slow(`its host was stopped for ${forMs.toFixed(0)} ms`);
    host.process.stop();
    schedule.after(forMs, () => host.process.continue());
  }

  #stopDaemonForAWhile(): void {
    const { draw, tell } = this.#view();
    const forMs = draw.chance(0.3) ? draw.between(5 * SECOND, 40 * SECOND) : draw.between(1, 3 * SECOND);
    tell('daemon', `is stopped for ${forMs.toFixed(0)} ms`);
    this.#victims.daemon().loop.stop(forMs);
  }

  #writeGarbage(): void {
    const { draw } = this.#view();
    const garbage = draw.pick(['nobody@1 x\n', '\u0000\u0001\n', `${'x'.repeat(900)}\n`, '\n', 'web-1@0\n', '@\n', '\u00ff\u00fe\n']);
    this.#someHost()?.process.inherited?.write(garbage ?? '\n');
  }

  /** A host speaks of what is not its own. */
  #pretend(): void {
    const { machine, draw } = this.#view();
    const thing = draw.pick([...machine.things.values()]);
    const host = this.#someHost();
    if (!thing || !host || host.calls.held(thing.resource)) return;
    host.process.inherited?.write(`${thing.resource}@${thing.incarnation} not mine\n`);
  }

  #flood(): void {
    const pipe = this.#someHost()?.process.inherited;
    for (let line = 0; line < 20_000 && pipe?.write('n@1\n'); line++);
  }

  #refuseWrites(): void {
    const { disk, schedule, draw, tell } = this.#view();
    disk.isRefusing = true;
    const forMs = draw.between(1, 20 * SECOND);
    tell('disk', `is full for ${forMs.toFixed(0)} ms`);
    schedule.after(forMs, () => {
      disk.isRefusing = false;
    });
  }

  #jumpClock(): void {
    this.#world.wallOffsetMs += this.#world.draw.between(-24 * HOUR, 24 * HOUR);
  }

  #view() {
    const { machine, draw, schedule, disk } = this.#world;
    return { machine, draw, schedule, disk, tell: (who: string, what: string) => this.#world.tell(who, what) };
  }
}
