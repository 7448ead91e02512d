import { Settings, type TypeDefinition } from '@andon/protocol';
import type { ConnectionListener } from '@andon/protocol/node';
import type { HostCommand, Log } from '../../../daemon/src/ports/index.ts';
import { Daemon } from '../../../daemon/src/shell/daemon.ts';
import { LiveSettings } from '../../../daemon/src/shell/settings.ts';
import { EventLoop } from '../engine/event-loop.ts';
import type { World } from '../engine/world.ts';
import type { Door } from '../kernel/machine.ts';
import type { WireEnd } from '../kernel/wire.ts';
import { SimulatedClock } from '../ports/clock.ts';
import { SimulatedEventHandle, SimulatedEventHandles } from '../ports/event-handles.ts';
import { SimulatedProcesses } from '../ports/processes.ts';
import { SimulatedStore } from '../ports/store.ts';
import { SimulatedHost } from './host.ts';
import { SimulatedProcess } from './simulated-process.ts';
import { Traits } from './traits.ts';

export interface Population {
  readonly hosts: Set<SimulatedHost>;
  /** Decides at every passage whether the daemon dies there. */
  diesAt(passage: string): boolean;
}

/** One life of the real daemon, from its start to its end, which may come between any two of its words to the world. */
export class DaemonLife {
  readonly loop: EventLoop;
  isAlive = true;
  passages = 0;
  /** Administrators are answered. */
  isReady = false;
  readonly #world: World;
  readonly #population: Population;
  readonly #daemon: Daemon;
  readonly #ends = new Set<WireEnd>();
  readonly #ended: (exitCode: number | null) => void;

  constructor(world: World, population: Population, ended: (exitCode: number | null) => void) {
    this.#world = world;
    this.#population = population;
    this.#ended = ended;
    this.loop = new EventLoop(world.schedule, world.draw.fork());
    world.ledger.life++;
    world.tell('daemon', `life ${world.ledger.life} begins`);
    this.#daemon = new Daemon(this.#parts());
    this.loop.post(() => {
      this.#begin().catch((error: unknown) => world.ledger.violated('nothing of the daemon throws', String(error)));
    });
  }

  /** The same order as `main.ts`. */
  async #begin(): Promise<void> {
    const { machine } = this.#world;
    this.#daemon.load();
    await this.#daemon.adopt();
    this.#daemon.configure({
      exists: false,
      settings: Settings.parse({}),
      configuration: { types: [], groups: [], resources: [], online: [] },
      sources: [],
      warnings: [],
      place: () => null,
    });
    if (!this.isAlive) return;
    machine.hostDoor = this.#door((end) => this.#daemon.admitHost(end));
    this.#daemon.begin();
    if (!this.isAlive) return;
    machine.controlDoor = this.#door((end) => this.#daemon.admitAdministrator(end));
    this.#daemon.ready();
    this.isReady = true;
  }

  /** The daemon has said something to the world, or is about to. It may die here; nothing that it does afterwards has an effect. */
  passage(what: string): void {
    if (!this.isAlive) return;
    this.passages++;
    if (this.#population.diesAt(what)) this.crash(what);
  }

  tell(what: string): void {
    if (this.isAlive) this.#world.tell('daemon', what);
  }

  /** kill -9. */
  crash(where: string): void {
    if (!this.isAlive) return;
    this.#world.ledger.counts.crashes++;
    this.#world.tell('daemon', `dies ${where}`);
    this.#end(null);
  }

  stop(leaveResources: boolean): void {
    this.loop.post(() => this.#daemon.stop('simulated stop', { leaveResources, restart: false }));
  }

  /** A moment of waiting that ends with the daemon's life. */
  sometime(): Promise<void> {
    return new Promise((resolve) => {
      this.loop.after(this.#world.draw.between(0.01, 3), resolve);
    });
  }

  untilGone(process: SimulatedProcess, limitMs: number): Promise<'gone' | 'notGone'> {
    return new Promise((resolve) => {
      this.loop.after(limitMs, () => resolve('notGone'));
      process.whenGone(() => this.loop.post(() => resolve('gone')));
    });
  }

  /** A host that does what it must is never killed. */
  judgeKill(process: SimulatedProcess): void {
    if (process.isGone || process.excuse !== null) return;
    this.#world.ledger.violated('no host is killed without a cause', `pid ${process.identity.pid} (${process.name})`);
  }

  startProcess(command: HostCommand): SimulatedProcess {
    const { eventHandle, env, hostId, argv } = command;
    const inherited = eventHandle instanceof SimulatedEventHandle ? eventHandle.pipe : null;
    const process = new SimulatedProcess(this.#world, `host ${hostId}`, inherited);
    const traits = Traits.parse(JSON.parse(argv[1] ?? '{}'));
    const host = new SimulatedHost(this.#world, process, { hostId, token: env['ANDON_TOKEN'] ?? '', traits });
    this.#population.hosts.add(host);
    process.whenGone(() => {
      this.#population.hosts.delete(host);
      this.#world.ledger.processGone(process);
    });
    this.#world.tell('daemon', `starts ${hostId} as pid ${process.identity.pid}`);
    return process;
  }

  #door(admit: (end: WireEnd) => ConnectionListener): Door {
    const owner = { post: (action: () => void) => this.loop.post(action), passage: (what: string) => this.passage(what) };
    return {
      owner,
      connect: (end) => {
        this.#ends.add(end);
        this.loop.post(() => {
          end.listener = admit(end);
        });
      },
    };
  }

  #end(exitCode: number | null): void {
    const { machine } = this.#world;
    this.isAlive = false;
    this.loop.end();
    machine.hostDoor = null;
    machine.controlDoor = null;
    for (const end of this.#ends) end.destroy();
    for (const pipe of machine.pipes.values()) {
      if (pipe.isHeldBy(this)) pipe.watch(null);
      pipe.letGo(this);
    }
    this.#ended(exitCode);
  }

  #parts() {
    const world = this.#world;
    const clock = new SimulatedClock(world, this.loop);
    return {
      clock,
      random: {
        uniform: () => world.draw.uniform(),
        token: () =>
          world.draw
            .below(2 ** 31)
            .toString(16)
            .padStart(32, '0'),
      },
      log: logTo(world),
      store: new SimulatedStore(world.disk, this),
      unsaved: world.machine.notes(() => this.isAlive),
      serviceManager: NO_SERVICE_MANAGER,
      incidents: { keep: () => Promise.resolve(null) },
      processes: new SimulatedProcesses(world, this),
      eventHandles: new SimulatedEventHandles(world, this),
      facts: {
        version: '0.0.0',
        pid: world.machine.nextPid(),
        scope: 'custom' as const,
        runtimeDir: '/run/andon',
        stateDir: '/var/lib/andon',
        storePath: '/var/lib/andon/store.db',
        startedAtWallMs: clock.wallMs(),
        serviceManager: null,
        hostLog: (hostId: string) => `/var/lib/andon/logs/${hostId}.log`,
        applicationLog: (resource: string) => `/var/lib/andon/applications/${resource}.log`,
      },
      environment: { hostSocket: '/run/andon/host.sock', stateDir: '/var/lib/andon', logPath: (hostId: string) => hostId, base: {} },
      builtInTypes: [] as readonly TypeDefinition[],
      startingHosts: 4,
      settings: new LiveSettings(Settings.parse({}), {}),
      files: { directory: '/etc/andon', read: () => Promise.reject(new Error('there are no files')) },
      ended: (exitCode: number) => {
        if (this.isAlive) this.#end(exitCode);
      },
    };
  }
}

const NO_SERVICE_MANAGER = {
  kind: null,
  watchdogMs: null,
  ready: () => undefined,
  reloading: () => undefined,
  status: () => undefined,
  alive: () => undefined,
  stopping: () => undefined,
};

/** An error in the log of the daemon is one of its own faults, unless the disk refuses or a process does not go. */
function logTo(world: World): Log {
  const log: Log = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: (fields, message) => {
      world.tell('daemon', `logs ${message} ${JSON.stringify(fields)}`);
      if (message === 'internal error') world.ledger.violated('nothing of the daemon throws', JSON.stringify(fields));
    },
    child: () => log,
  };
  return log;
}
