import { resolve } from 'node:path';
import { CallError, type CallFacts, type EndingCause } from '../../resource.ts';
import { messageOf } from '../../operation.ts';
import { inheritedEnvironment } from '../shared/environment.ts';
import { markOfDaemon } from '../shared/host-folders.ts';
import { checkFolder, executableProblem } from '../shared/executable.ts';
import type { LogFiles } from '../shared/log-files.ts';
import { endTree, killTree, type MarkedTree } from '../shared/process-tree.ts';
import { exitWords, NOT_IMPLEMENTED, NOT_RUNNING, remedyOf, SUCCESS } from '../shared/script/exit-codes.ts';
import { HangMode } from './hang-mode.ts';
import type { ScriptProperties } from './properties.ts';
import { Output } from '../shared/script/output.ts';
import { type Ended, run } from '../shared/script/run.ts';

type Word = 'online' | 'offline' | 'terminate' | 'looksalive' | 'isalive';
type Caller = Pick<CallFacts, 'name' | 'incarnation' | 'signal' | 'eventHandle' | 'failureRecord' | 'log'> &
  Partial<Pick<CallFacts, 'statusReport'>> & { readonly properties: ScriptProperties };

const MARKER_NAME = 'ANDON_EXEC';
/** Open has 30 s. A run that outlasts its call costs the host, and with it every other script. */
const MOST_WITHIN_OPEN_MS = 20_000;
/** For the same reason the script has this part of the time of a terminate; the rest is for killing what it leaves. */
const SHARE_OF_TERMINATE = 0.8;
/** As long as generic-application waits by default. */
const OFFLINE_GRACE_MS = 10_000;
/** When the host ends on its own account. */
const TERMINATE_MS = 30_000;

interface RunOptions {
  readonly mostMs?: number;
  readonly why?: EndingCause;
}

export interface ScriptPlaces {
  readonly stateDirectory: string;
  readonly logs: LogFiles;
}

/** The script of one resource, and everything that its runs have left running. */
export class Script {
  readonly hang: HangMode;
  readonly #name: string;
  readonly #stateDirectory: string;
  readonly #logs: LogFiles;
  /** All that the script has started, whichever host ran it. */
  readonly #tree: MarkedTree;

  constructor(name: string, { stateDirectory, logs }: ScriptPlaces) {
    this.#name = name;
    this.#stateDirectory = stateDirectory;
    this.#logs = logs;
    this.hang = new HangMode(stateDirectory, name);
    const daemon = markOfDaemon(stateDirectory);
    this.#tree = { main: undefined, marker: `${MARKER_NAME}=${name}/${daemon}`, known: [] };
  }

  /** Resolves when the resource is online. */
  async online(caller: Caller): Promise<void> {
    const ended = await this.#run(caller, 'online');
    if (!isExit(ended, SUCCESS)) throw failure(caller, 'online', ended);
  }

  /** What is not running is offline; what a script that succeeded has left running is not. */
  async offline(caller: Caller, why: EndingCause): Promise<void> {
    const ended = await this.#run(caller, 'offline', { why });
    if (!isExit(ended, SUCCESS, NOT_RUNNING)) throw failure(caller, 'offline', ended);
    // It may have been asked to end by the script, and be about to.
    await endTree(this.#tree, OFFLINE_GRACE_MS);
    this.#logs.release(this.#name);
  }

  /** Whatever the script says of it, nothing that it has started runs afterwards. In hang mode the script is not asked. */
  async terminate(caller: Caller, why: EndingCause): Promise<void> {
    const { cause, reason, deadlineMs = TERMINATE_MS } = why;
    try {
      // The daemon lost patience with online or offline before this host did.
      if (cause === 'pendingTimeout') this.hang.enter(`${caller.properties.script}: ${reason}`, caller.incarnation);
      if (this.hang.words !== null) return;
      const ended = await this.#run(caller, 'terminate', { why, mostMs: Math.floor(deadlineMs * SHARE_OF_TERMINATE) });
      if (!isExit(ended, SUCCESS, NOT_RUNNING, NOT_IMPLEMENTED)) caller.log('warn', failure(caller, 'terminate', ended).message);
    } catch (error) {
      caller.log('warn', `terminate of ${this.#name}: ${messageOf(error)}; what it left running is killed`);
    } finally {
      await this.#release();
    }
  }

  /** A script that does not know the word has nothing against it. */
  async isAlive(caller: Caller, word: 'looksalive' | 'isalive'): Promise<{ readonly alive: boolean; readonly reason?: string }> {
    const hung = this.hang.words;
    if (hung !== null) return { alive: false, reason: hung };
    try {
      const ended = await this.#run(caller, word);
      if (isExit(ended, SUCCESS, NOT_IMPLEMENTED)) return { alive: true };
      return { alive: false, reason: failure(caller, word, ended).message };
    } catch (error) {
      // One that cannot be run any more is not alive; one whose answer nobody wants is neither.
      caller.signal.throwIfAborted();
      return { alive: false, reason: messageOf(error) };
    }
  }

  /** Asked of what another host has started: a script that does not know the word does not know this either. */
  async isKnownAlive(caller: Caller): Promise<boolean> {
    if (this.hang.words !== null) return false;
    try {
      return isExit(await this.#run(caller, 'isalive', { mostMs: MOST_WITHIN_OPEN_MS }), SUCCESS);
    } catch (error) {
      caller.signal.throwIfAborted();
      caller.log('warn', `isalive of ${this.#name}: ${messageOf(error)}`);
      return false;
    }
  }

  async #run(caller: Caller, word: Word, { mostMs = Infinity, why }: RunOptions = {}): Promise<Ended> {
    const { properties, signal } = caller;
    const { cwd, args } = properties;
    const timeoutMs = Math.min(properties.timeoutMs, mostMs);
    const path = pathOf(properties);
    // What these two leave running goes on printing, and while they run their last line shows how far they are.
    const isOperation = word === 'online' || word === 'offline';
    const output = new Output(this.#logs, this.#stateDirectory, this.#name, !isOperation);
    try {
      const env = this.#environment(caller, why);
      const onProgress = (text: string): void => void caller.statusReport?.({ text });
      const options = { path, args: [word, ...args], cwd, env, timeoutMs, signal, output };
      const ended = await run(isOperation ? { ...options, onProgress } : options);
      if (ended.kind === 'timedOut')
        throw await this.#hung(`${properties.script} ${word} did not return within ${timeoutMs} ms`, caller.incarnation);
      return ended;
    } finally {
      output.close();
    }
  }

  async #hung(cause: string, incarnation: number): Promise<CallError> {
    this.hang.enter(cause, incarnation);
    await this.#killAll();
    return new CallError('hung', this.hang.words ?? cause);
  }

  async #release(): Promise<void> {
    await this.#killAll();
    this.#logs.release(this.#name);
  }

  #killAll(): Promise<void> {
    return killTree(this.#tree);
  }

  #environment(
    { name, incarnation, eventHandle, failureRecord, properties }: Caller,
    why: EndingCause | undefined,
  ): Record<string, string> {
    const [markerName = '', markerValue = ''] = this.#tree.marker.split(/=(.*)/s);
    return {
      ...inheritedEnvironment(),
      ...properties.env,
      ANDON_RESOURCE: name,
      ANDON_INCARNATION: String(incarnation),
      ANDON_EVENT_HANDLE: eventHandle === '' ? (process.env['ANDON_EVENT_HANDLE'] ?? '') : eventHandle,
      ANDON_FAILURE_RECORD: failureRecord,
      ...(why ? { ANDON_CAUSE: why.cause, ANDON_REASON: why.reason.replaceAll('\0', ' ') } : {}),
      [markerName]: markerValue,
    };
  }
}

/** Throws with the path and the reason when it cannot be run. */
export function pathOf({ script, cwd }: ScriptProperties): string {
  checkFolder(cwd);
  const path = resolve(cwd, script);
  const problem = executableProblem(path);
  if (problem !== undefined) throw new Error(`script ${path}: ${problem}${problem.includes('EACCES') ? `; chmod +x ${path}` : ''}`);
  return path;
}

function isExit(ended: Ended, ...codes: readonly number[]): boolean {
  return ended.kind === 'exited' && codes.includes(ended.code);
}

function failure({ properties }: Caller, word: Word, ended: Ended): CallError {
  const how = ended.kind === 'exited' ? exitWords(ended.code) : ended.kind === 'killed' ? `killed by ${ended.by}` : 'not returned in time';
  const said = ended.kind === 'timedOut' || ended.said === '' ? '' : `: ${ended.said}`;
  const remedy = ended.kind === 'exited' ? remedyOf(ended.code) : '';
  return new CallError('failed', `${properties.script} ${word}: ${how}${said}${remedy === '' ? '' : `; ${remedy}`}`);
}
