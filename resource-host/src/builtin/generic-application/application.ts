import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { startError } from '../shared/executable.ts';
import type { Resource } from '../../resource.ts';
import { identityOf, isRunning, type ProcessIdentity } from '../shared/identity.ts';
import { type Launch, prepareLaunch } from '../shared/program.ts';
import { launch } from './launch.ts';
import { closeQuietly, type LogFiles } from '../shared/log-files.ts';
import { findMarked, killTree, survivorsOf } from '../shared/process-tree.ts';
import type { ApplicationProperties } from './properties.ts';
import { type ApplicationRecord, digestOf, intentOf, RecordFile } from './record.ts';
import { adoptedProcess, type RunningProcess, startedProcess } from './running-process.ts';
import { waitForExit } from './stop.ts';

export type ApplicationResource = Resource<ApplicationProperties, Application>;

/** One application: at most one main process at any time, whichever host started it. */
export class Application {
  readonly #name: string;
  readonly #file: RecordFile;
  readonly #logs: LogFiles;
  /** What was last written to the file: what may run, and how to find it. */
  #record: ApplicationRecord | undefined;
  #process: RunningProcess | undefined;
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

  async online(resource: ApplicationResource): Promise<void> {
    const { properties, signal, incarnation } = resource;
    if (!(await this.#adopt(resource))) {
      const prepared = await prepareLaunch(properties, signal);
      if (this.#record) await this.#stop(resource);
      signal.throwIfAborted();
      await this.#start(prepared, intentOf(resource.failureRecord, incarnation, properties), properties);
    }
    const running = this.#process;
    void running?.exited.then((how) => this.#onExit(running, how, resource));
    resource.setProperties({ statusText: `pid ${running?.identity.pid}` });
  }

  offline(resource: ApplicationResource): Promise<void> {
    return this.#stop(resource);
  }

  /** Kills everything of it, and returns once nothing of it runs. */
  async terminate(): Promise<void> {
    if (this.#record) {
      const { marker, process: main } = this.#record;
      await killTree({ main: main ?? undefined, marker, known: await this.#survivors });
    }
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

  async #adopt({ properties, incarnation, log }: ApplicationResource): Promise<boolean> {
    const record = this.#record;
    if (!record?.process || !isRunning(record.process) || record.digest !== digestOf(properties)) return false;
    this.#record = { ...record, incarnation };
    this.#file.write(this.#record);
    this.#process = await adoptedProcess(record.process);
    this.#logs.keep(this.#name);
    log('info', `adopted pid ${record.process.pid}, which runs since incarnation ${record.incarnation}`);
    return true;
  }

  /** No turn of the event loop from the intent to the record of the process: whatever ends the host in between leaves the marker. */
  async #start(prepared: Launch, intent: ApplicationRecord, properties: ApplicationProperties): Promise<void> {
    const logFd = this.#logs.openFor(this.#name);
    this.#file.write(intent);
    this.#record = intent;
    try {
      const child = launch(prepared, properties, intent.marker, logFd);
      // The zombie of a process that has ended already is still there: nobody has waited for it yet.
      const identity = child.pid === undefined ? undefined : identityOf(child.pid);
      if (!identity) throw await this.#refusal(child, prepared);
      this.#process = startedProcess(child, identity);
      this.#survivors = Promise.resolve([]);
      this.#record = { ...intent, process: identity };
      this.#file.write(this.#record);
    } finally {
      closeQuietly(logFd);
    }
  }

  /** Why the system did not start it; nothing runs. */
  async #refusal(child: ChildProcess, { path }: Launch): Promise<Error> {
    this.#file.clear();
    this.#record = undefined;
    const [cause]: unknown[] = await once(child, 'error').catch((error: unknown) => [error]);
    return startError(path, cause);
  }

  #onExit(running: RunningProcess, how: string, resource: ApplicationResource): void {
    if (this.#process !== running) return;
    if (!resource.signal.aborted) resource.fail(how);
    this.#survivors = survivorsOf(running.identity);
  }

  async #stop(resource: ApplicationResource): Promise<void> {
    const main = this.#record?.process;
    const running = this.#process ?? (main && isRunning(main) ? await adoptedProcess(main) : undefined);
    if (running) await waitForExit(running, resource);
    await this.terminate();
  }
}
