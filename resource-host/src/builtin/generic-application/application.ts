import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fstatSync } from 'node:fs';
import type { Resource } from '../../resource.ts';
import { cgroupFor, makeCgroup, removeCgroup } from '../shared/cgroup.ts';
import { startError } from '../shared/executable.ts';
import { helpersDone } from '../shared/helped.ts';
import { identityOf, isRunning, type ProcessIdentity } from '../shared/identity.ts';
import { closeQuietly, type LogFiles } from '../shared/log-files.ts';
import { findMarked, killTree, survivorsOf } from '../shared/process-tree.ts';
import { commandLineOf, type Launch, prepareLaunch } from '../shared/program.ts';
import { adoptedProcess, type RunningProcess, startedProcess } from '../shared/running-process.ts';
import { waitForExit } from '../shared/stop.ts';
import { type ApplicationProperties, needsReadiness } from './properties.ts';
import { NotifySocket } from './readiness/notify-socket.ts';
import { readinessOf, waitUntilReady } from './readiness/readiness.ts';
import { type ApplicationRecord, digestOf, newMarker, RecordFile, uniqueOf } from './record.ts';

export type ApplicationResource = Resource<ApplicationProperties, Application>;

/** One application: at most one main process at any time, whichever host started it. */
export class Application {
  readonly #name: string;
  readonly #file: RecordFile;
  readonly #logs: LogFiles;
  /** What was last written to the file: what may run, and how to find it. */
  #record: ApplicationRecord | undefined;
  #process: RunningProcess | undefined;
  #notify: NotifySocket | undefined;
  #survivors: Promise<readonly ProcessIdentity[]> = Promise.resolve([]);

  constructor(name: string, stateDirectory: string, logs: LogFiles) {
    this.#name = name;
    this.#file = new RecordFile(stateDirectory, name);
    this.#logs = logs;
  }

  /** Whether a process that an earlier host started is still there. */
  async find(): Promise<boolean> {
    this.#record = this.#file.read();
    if (!this.#record) return false;
    const main = this.#record.process ?? (await findMarked(this.#record.marker));
    this.#record = { ...this.#record, process: main ?? null };
    return main !== undefined && isRunning(main);
  }

  /** Resolves when it works. */
  async online(resource: ApplicationResource): Promise<void> {
    const running = (await this.#adopt(resource)) ?? (await this.#startAnew(resource));
    const title = `pid ${running.identity.pid}`;
    resource.setProperties({ statusText: title });
    this.#notify?.listen({
      uid: this.#record?.uid ?? 0,
      onStatus: (text) => resource.setProperties({ statusText: `${title}: ${text}` }),
    });
    if (this.#record?.isReady === false) await this.#becomeReady(running, resource);
    void running.exited.then((how) => {
      if (this.#process === running && !resource.signal.aborted) resource.fail(how);
    });
  }

  offline(resource: ApplicationResource): Promise<void> {
    return this.#stop(resource);
  }

  /** Kills everything of it, and returns once nothing of it runs. */
  async terminate(): Promise<void> {
    if (this.#record) {
      const { marker, process: main, cgroup } = this.#record;
      await killTree({ main: main ?? undefined, marker, known: await this.#survivors, cgroup: cgroup ?? undefined });
      if (cgroup !== null) removeCgroup(cgroup);
    }
    this.#notify?.close();
    this.#notify = undefined;
    this.#file.clear();
    this.#record = undefined;
    this.#process = undefined;
    this.#logs.release(this.#name);
  }

  /** The resource is removed. */
  forget(): void {
    this.#file.remove();
  }

  isAlive(): boolean {
    return this.#process !== undefined && isRunning(this.#process.identity);
  }

  async #adopt({ properties, incarnation, log, signal }: ApplicationResource): Promise<RunningProcess | undefined> {
    const record = this.#record;
    if (!record?.process || !isRunning(record.process) || record.digest !== digestOf(properties)) return undefined;
    this.#write({ ...record, incarnation });
    if (properties.readyNotify) await this.#openNotify(record.marker, signal);
    this.#logs.keep(this.#name);
    log('info', `adopted pid ${record.process.pid}, which runs since incarnation ${record.incarnation}`);
    return this.#watch(await adoptedProcess(record.process));
  }

  async #startAnew(resource: ApplicationResource): Promise<RunningProcess> {
    const { properties, signal, failureRecord, incarnation } = resource;
    const prepared = await prepareLaunch(properties, signal);
    if (this.#record) await this.#stop(resource);
    const marker = newMarker(failureRecord);
    if (properties.readyNotify) await this.#openNotify(marker, signal);
    signal.throwIfAborted();
    const { command, cwd } = properties;
    const isReady = !needsReadiness(properties);
    const digest = digestOf(properties);
    return this.#start(prepared, cwd, { version: 1, incarnation, command, digest, marker, isReady, ...NOT_STARTED });
  }

  async #openNotify(marker: string, signal: AbortSignal): Promise<void> {
    const socket = await NotifySocket.open(uniqueOf(marker));
    if (signal.aborted) socket.close();
    else this.#notify = socket;
  }

  /** No turn of the event loop from the intent to the record of the process: whatever ends the host in between leaves the marker. */
  async #start(prepared: Launch, cwd: string, named: ApplicationRecord): Promise<RunningProcess> {
    const logFd = this.#logs.openFor(this.#name);
    const { marker } = named;
    const cgroup = cgroupFor(`${this.#name}-${uniqueOf(marker)}`) ?? null;
    const intent = {
      ...named,
      cgroup,
      uid: prepared.user?.uid ?? process.getuid?.() ?? 0,
      startedAt: Date.now(),
      logBytes: fstatSync(logFd).size,
    };
    try {
      this.#write(intent);
      const child = this.#spawn(prepared, cwd, intent, logFd);
      // The zombie of a process that has ended already is still there: nobody has waited for it yet.
      const identity = child.pid === undefined ? undefined : identityOf(child.pid);
      if (!identity) throw await this.#refusal(child, prepared);
      this.#write({ ...intent, process: identity });
      const said = (): string => this.#logs.lastLine(this.#name, intent.logBytes);
      const running = this.#watch(startedProcess(child, identity, said));
      if ((await helpersDone(child)) === 'refused') throw new Error(`cannot start ${prepared.path}: ${said()}`);
      return running;
    } finally {
      closeQuietly(logFd);
    }
  }

  #spawn(prepared: Launch, cwd: string, { marker, cgroup }: ApplicationRecord, logFd: number): ChildProcess {
    const { words, env, isHelped } = commandLineOf(prepared, cgroup !== null && makeCgroup(cgroup) ? cgroup : undefined);
    const [program, ...args] = words;
    return spawn(program, args, {
      cwd,
      env: { ...env, ...this.#variables(marker) },
      // Its own session: neither the end of the host nor a kill of the host's group may reach it.
      detached: true,
      stdio: ['ignore', logFd, logFd, ...(isHelped ? ['pipe' as const] : [])],
    });
  }

  #variables(marker: string): Record<string, string> {
    const [name = '', value = ''] = marker.split(/=(.*)/s);
    return { [name]: value, ...(this.#notify ? { NOTIFY_SOCKET: NotifySocket.nameOf(uniqueOf(marker)) } : {}) };
  }

  #watch(running: RunningProcess): RunningProcess {
    this.#process = running;
    this.#survivors = Promise.resolve([]);
    void running.exited.then(() => {
      if (this.#process === running) this.#survivors = survivorsOf(running.identity);
    });
    return running;
  }

  async #becomeReady(running: RunningProcess, resource: ApplicationResource): Promise<void> {
    const record = this.#record;
    if (!record) return;
    const { logBytes, startedAt } = record;
    const signs = { logPath: this.#logs.pathOf(this.#name), logBytes, startedAt, notify: this.#notify };
    const readiness = readinessOf(resource.properties, signs);
    if (readiness) await waitUntilReady(readiness, running, resource);
    resource.signal.throwIfAborted();
    this.#write({ ...record, isReady: true });
  }

  /** Why the system did not start it; nothing runs. */
  async #refusal(child: ChildProcess, { path }: Launch): Promise<Error> {
    const [cause]: unknown[] = await once(child, 'error').catch((error: unknown) => [error]);
    await this.terminate();
    return startError(path, cause);
  }

  #write(record: ApplicationRecord): void {
    this.#file.write(record);
    this.#record = record;
  }

  async #stop(resource: ApplicationResource): Promise<void> {
    const main = this.#record?.process;
    const running = this.#process ?? (main && isRunning(main) ? await adoptedProcess(main) : undefined);
    if (running) await waitForExit(running, resource);
    await this.terminate();
  }
}

const NOT_STARTED = { process: null, cgroup: null, uid: 0, startedAt: 0, logBytes: 0 };
