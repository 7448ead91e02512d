import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { FailureRecordParser, type ParsedRecord } from '@andon/protocol';
import { startError } from '../shared/executable.ts';
import { markOfDaemon } from '../shared/host-folders.ts';
import { closeQuietly, type LogFiles } from '../shared/log-files.ts';
import { killTree, type MarkedTree } from '../shared/process-tree.ts';
import { commandLineOf, type Launch, prepareLaunch } from '../shared/program.ts';
import type { WatchProperties } from './properties.ts';

const MARKER_NAME = 'ANDON_WATCH';
const LAST_WORDS_MS = 100;

/** A resource that is online by this command. */
export interface Audience {
  readonly name: string;
  readonly incarnation: number;
  fail(reason: string): void;
}

/** What makes two resources have one command between them. */
export function keyOf({ command, args, cwd, env, user }: WatchProperties): string {
  const parts = [command, args, cwd, Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1)), user ?? null];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

/** One command that watches, and the resources that it watches. It runs while any of them is online. */
export class Watcher {
  readonly #properties: WatchProperties;
  readonly #tree: MarkedTree;
  readonly #logs: LogFiles;
  readonly #audience = new Map<string, Audience>();
  #child: ChildProcess | undefined;
  /** Starts and ends follow one another. */
  #last: Promise<void> = Promise.resolve();

  constructor(properties: WatchProperties, stateDirectory: string, logs: LogFiles) {
    this.#properties = properties;
    this.#logs = logs;
    const daemon = markOfDaemon(stateDirectory);
    this.#tree = { main: undefined, marker: `${MARKER_NAME}=${keyOf(properties)}/${daemon}`, known: [] };
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  isWatching(name: string): boolean {
    return this.#child !== undefined && this.#audience.has(name);
  }

  /** Rejects with the exact reason when the command cannot be started. */
  async join(member: Audience, signal: AbortSignal): Promise<void> {
    const prepared = await prepareLaunch(this.#properties, signal);
    await this.#inTurn(async () => {
      signal.throwIfAborted();
      if (!this.#child) await this.#start(prepared, member.name);
      this.#audience.set(member.name, member);
    });
  }

  /** Nothing of the command runs any more when this resource was its last. */
  async leave(name: string): Promise<void> {
    await this.#inTurn(async () => {
      this.#audience.delete(name);
      if (this.#audience.size > 0) return;
      this.#child = undefined;
      await killTree(this.#tree);
      this.#logs.release(name);
    });
  }

  /** Ends what a host before this one left running. */
  async sweep(): Promise<void> {
    await this.#inTurn(async () => {
      if (!this.#child) await killTree(this.#tree);
    });
  }

  async #start(prepared: Launch, name: string): Promise<void> {
    // What a killed host left running prints to nobody.
    await killTree(this.#tree);
    const { cwd } = this.#properties;
    const { words, env } = commandLineOf(prepared);
    const [program, ...args] = words;
    const [markerName = '', markerValue = ''] = this.#tree.marker.split(/=(.*)/s);
    const logFd = this.#logs.openFor(name);
    try {
      const child = spawn(program, args, {
        cwd,
        env: { ...env, [markerName]: markerValue },
        detached: true,
        stdio: ['ignore', 'pipe', logFd],
      });
      await once(child, 'spawn').catch((cause: unknown) => {
        throw startError(prepared.path, cause);
      });
      this.#child = child;
      this.#listen(child);
    } finally {
      closeQuietly(logFd);
    }
  }

  #listen(child: ChildProcess): void {
    const lines = new FailureRecordParser();
    child.stdout?.on('data', (bytes: Buffer) => lines.push(bytes, (line) => this.#onLine(line)));
    child.once('exit', (code, signal) => {
      const how = signal === null ? `exited with code ${code}` : `was killed by ${signal}`;
      // What it printed last says more, and is read first; a process that it left behind may keep its output open.
      void Promise.race([once(child, 'close'), delay(LAST_WORDS_MS)]).then(() => this.#onEnd(child, how));
    });
  }

  #onEnd(child: ChildProcess, how: string): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    this.#failAll(`${this.#properties.command} ${how}`);
  }

  /** A line that begins with the name of one of the resources is about that one, any other about all. */
  #onLine(line: ParsedRecord): void {
    if (line.kind === 'malformed') return this.#failAll(line.excerpt);
    const named = this.#audience.get(line.resource);
    const number = line.incarnation === null ? '' : `@${line.incarnation}`;
    if (!named) return this.#failAll(`${line.resource}${number}${line.reason === '' ? '' : ` ${line.reason}`}`);
    if (line.incarnation === null || line.incarnation === named.incarnation) named.fail(line.reason);
  }

  #failAll(reason: string): void {
    for (const member of this.#audience.values()) member.fail(reason);
  }

  #inTurn(action: () => Promise<void>): Promise<void> {
    const done = this.#last.then(action);
    this.#last = done.catch(() => undefined);
    return done;
  }
}
