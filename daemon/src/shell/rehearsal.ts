import { type Configuration, ResourceDefinition, TypeDefinition } from '@andon/protocol';
import type { Connection, ConnectionListener } from '@andon/protocol/node';
import type { Clock, EventHandle, HostProcess, Log, Store } from '../ports/index.ts';
import { Daemon } from './daemon.ts';

const NAME = 'rehearsal';
const TOKEN = 'rehearsal';
const PATH = 'rehearsal';
/** Enough for the engine to compile the path, and few enough that nothing else waits for long. */
const ROUNDS_PER_TURN = 20;
const ROUNDS = 400;

/**
 * Lets a whole daemon on ports that lead nowhere fail and recover a resource some hundred times. The first real failure, which
 * may come after weeks of silence, then meets code that is compiled: without this it takes milliseconds instead of microseconds.
 */
export function rehearse(clock: Clock): void {
  const stage = new Stage();
  const next = (done: number): void => {
    for (let round = 0; round < ROUNDS_PER_TURN; round++) stage.failOnce();
    if (done + ROUNDS_PER_TURN < ROUNDS) clock.after(1, () => next(done + ROUNDS_PER_TURN));
  };
  void stage.begin(() => next(0));
}

/** A host that answers everything at once, and a world without time, disk or processes around it. */
class Stage {
  readonly #due: (() => void)[] = [];
  #listener: ((bytes: Uint8Array) => void) | null = null;
  #session: ConnectionListener | null = null;
  #incarnation = 0;
  #nowMs = 0;
  readonly #encoder = new TextEncoder();
  readonly #daemon = new Daemon({
    clock: this.#clock(),
    random: { uniform: () => 0, token: () => TOKEN },
    log: SILENT,
    processes: {
      spawn: () => Promise.resolve(PROCESS),
      adopt: () => null,
      user: () => Promise.resolve(null),
      resolveCommand: () => ({ path: PATH }),
    },
    eventHandles: { create: () => Promise.resolve(this.#handle()), reopen: () => Promise.resolve(null) },
    store: emptyStore(),
    facts: { version: '', pid: 0, scope: 'custom', runtimeDir: '', stateDir: '', storePath: '', startedAtWallMs: 0, hostLog: () => '' },
    environment: { hostSocket: '', stateDir: '', logPath: () => '', base: {} },
    builtInTypes: [],
    startingHosts: 1,
    orphanPeriodMs: 0,
    ended: () => undefined,
  });

  async begin(ready: () => void): Promise<void> {
    this.#daemon.load();
    await this.#daemon.adopt();
    this.#daemon.begin();
    // The wanted resource needs its host, whose start takes a few turns of promises.
    for (let turn = 0; turn < 20 && !this.#listener; turn++) {
      this.#runDue();
      await Promise.resolve();
      if (turn === 10) this.#greet();
    }
    this.#runDue();
    ready();
  }

  /** One failure record, and everything that follows until the resource is online again. */
  failOnce(): void {
    this.#nowMs += 10_000;
    this.#listener?.(this.#encoder.encode(`${NAME}@${this.#incarnation}\n`));
    this.#runDue();
  }

  #greet(): void {
    this.#session = this.#daemon.admitHost(this.#connection());
    this.#session.onFrame('hello', { protocols: ['andon/1'], token: TOKEN, hostId: NAME, pid: 1, concurrency: 'perResource' });
  }

  #connection(): Connection {
    return {
      send: (type, data) => this.#due.push(() => this.#answer(type, JSON.stringify(data))),
      backlogBytes: 0,
      closed: false,
      end: () => undefined,
      destroy: () => undefined,
    };
  }

  #answer(type: string, text: string): void {
    if (type !== 'request') return;
    const { id, method, params } = JSON.parse(text);
    if (method === 'online') this.#incarnation = params.incarnation;
    const results: Readonly<Record<string, unknown>> = {
      startup: { resourceTypes: [NAME] },
      online: { contract: 'event', eventHandle: PATH },
    };
    this.#session?.onFrame('response', { id, ok: true, result: results[method] ?? {} });
  }

  /** Timers fire at once and in order: what is rehearsed is the work, not the waiting. Limits of calls never fire. */
  #clock(): Clock {
    return {
      wallMs: () => this.#nowMs,
      monotonicMs: () => this.#nowMs,
      after: (ms, action) => {
        const isRestart = ms <= 1;
        if (isRestart) this.#due.push(action);
        return { cancel: () => undefined };
      },
      afterReading: (action) => void this.#due.push(action),
    };
  }

  #handle(): EventHandle {
    return {
      path: PATH,
      read: (listener) => (this.#listener = listener),
      drain: () => undefined,
      pause: () => undefined,
      resume: () => undefined,
      isIntact: () => true,
      close: () => undefined,
      remove: () => undefined,
    };
  }

  #runDue(): void {
    for (let action = this.#due.shift(); action; action = this.#due.shift()) action();
  }
}

const SILENT: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined, child: () => SILENT };

const PROCESS: HostProcess = {
  kind: 'process',
  identity: { pid: 0, startTime: '', bootId: '' },
  onExit: () => undefined,
  checkExit: () => false,
  kill: () => Promise.resolve('gone'),
  requestExit: () => undefined,
};

function emptyStore(): Store {
  const configuration: Configuration = {
    types: [TypeDefinition.parse({ name: NAME, command: [PATH] })],
    groups: [],
    resources: [
      ResourceDefinition.parse({
        name: NAME,
        type: NAME,
        properties: { RestartDelay: 0, RestartThreshold: 1_000_000, RestartPeriod: 0, RetryPeriodOnFailure: null },
      }),
    ],
  };
  const wanted = { name: NAME, wanted: 'Online', incarnation: 0, phase: 'closed', next: 'online', recover: false, opened: false } as const;
  const nothing = { terminatedIncarnation: 0, hostId: '', restarts: 0, failures: [], contract: null, lastFailure: null };
  return {
    epoch: 1,
    configuration: () => configuration,
    instances: () => [{ ...wanted, ...nothing }],
    hosts: () => [],
    lastSeq: () => 0,
    changeConfiguration: () => undefined,
    saveWanted: () => undefined,
    saveIncarnation: () => undefined,
    saveHost: () => undefined,
    deleteHost: () => undefined,
    append: () => undefined,
    events: () => [],
    close: () => undefined,
  };
}
