import { join } from 'node:path';
import type { Contract } from '@andon/protocol';
import type { Alive } from '../../definition.ts';
import { CallError, type EndingCause, NotSupportedError, type OpeningResource, type Resource } from '../../resource.ts';
import type { LogFiles } from '../processes/log-files.ts';
import { killTree } from '../processes/process-tree.ts';
import { contractOf } from './contract.ts';
import { runEntryPoint, TIMED_OUT } from './entry-point.ts';
import { environmentOf, type Subject } from './environment.ts';
import { type Ending, EXIT, inWords } from './exit-codes.ts';
import { Output } from './output.ts';
import type { ScriptProperties } from './properties.ts';

export type ScriptResource = Resource<ScriptProperties, Script>;
type EntryPoint = 'online' | 'offline' | 'terminate' | 'looksalive' | 'isalive';

/** What one run needs to know of its resource; what `open` is given suffices. */
type Caller = Subject & Pick<ScriptResource, 'properties' | 'signal'> & Partial<Pick<ScriptResource, 'statusReport'>>;

/** Limit of the isalive by which open looks for what an earlier host left running, ms: below the 30 s that open has. */
const LONGEST_LOOK_MS = 20_000;
/** Of the time that a terminate has, the script may take this part; the rest is for killing what it leaves. */
const SHARE_OF_TERMINATE = 0.8;
const DEFAULT_TERMINATE_MS = 30_000;

/** One resource that a script manages. */
export class Script {
  readonly #name: string;
  readonly #stateDirectory: string;
  readonly #logs: LogFiles;
  /** By this line in their environment all processes are found that the script has left running, whichever host ran it. */
  readonly #marker: string;
  readonly #running = new Map<AbortController, Promise<unknown>>();
  #contract: Contract['contract'] = 'poll';
  /** What an earlier host left: `unknown` when the script says that it is not alive, for parts of it may be. */
  #left: 'nothing' | 'alive' | 'unknown' = 'nothing';
  /** An entry point was run, by this host or an earlier one, and no terminate has cleaned up after it. */
  #mayBeThere = false;
  /** Which entry point did not return in time: no other is run before the next online. */
  #hung: string | undefined;

  constructor(name: string, stateDirectory: string, logs: LogFiles) {
    this.#name = name;
    this.#stateDirectory = stateDirectory;
    this.#logs = logs;
    this.#marker = `ANDON_EXEC=${join(stateDirectory, name)}`;
  }

  /** Asks the script whether what an earlier host brought online is still alive. */
  async find(resource: OpeningResource<ScriptProperties>): Promise<void> {
    this.#mayBeThere = true;
    const limitMs = Math.min(resource.properties.timeoutMs, LONGEST_LOOK_MS);
    const ending = await this.#run('isalive', resource, { limitMs });
    this.#left = isAliveCode(ending.code) ? 'alive' : 'unknown';
    if (this.#left === 'alive') resource.foundRunning();
  }

  async online(resource: ScriptResource): Promise<Contract> {
    this.#hung = undefined;
    const { timeoutMs, onlineTimeoutMs = timeoutMs } = resource.properties;
    const contract = contractOf(resource.properties);
    this.#contract = contract.contract;
    if (await this.#adopts(resource)) return contract;
    const ending = await this.#run('online', resource, { limitMs: onlineTimeoutMs });
    if (ending.code !== EXIT.success) throw new Error(inWords('online', ending));
    return contract;
  }

  async offline(resource: ScriptResource, why: EndingCause): Promise<void> {
    const ending = await this.#run('offline', resource, { limitMs: resource.properties.timeoutMs, why });
    if (!isGoneCode(ending.code)) throw new Error(inWords('offline', ending));
    this.#logs.release(this.#name);
  }

  /** The script cleans up what only it knows; whatever it has left running is killed after that, and in hang mode at once. */
  async terminate(resource: ScriptResource, why: EndingCause): Promise<void> {
    await this.#stopRunning();
    if (why.cause === 'pendingTimeout') this.#hung ??= why.reason;
    const problem = this.#hung === undefined && this.#mayBeThere ? await this.#cleanUp(resource, why) : undefined;
    await killTree({ main: undefined, marker: this.#marker, known: [] });
    this.#left = 'nothing';
    this.#logs.release(this.#name);
    if (this.#hung !== undefined) throw hangMode(this.#hung);
    if (problem !== undefined) throw new Error(problem);
    this.#mayBeThere = false;
  }

  async alive(entryPoint: 'looksalive' | 'isalive', resource: ScriptResource): Promise<Alive> {
    const ending = await this.#run(entryPoint, resource, { limitMs: resource.properties.timeoutMs });
    if (isAliveCode(ending.code)) return true;
    // Who is not polled need not answer, and a cheap check may be left out; a thorough one of a polled script may not.
    const mayBeLeftOut = entryPoint === 'looksalive' || this.#contract === 'event';
    if (ending.code === EXIT.unimplemented && mayBeLeftOut) throw new NotSupportedError(entryPoint);
    return { alive: false, reason: inWords(entryPoint, ending) };
  }

  /** True: what an earlier host left is alive and goes on under this incarnation. Anything else that was left is ended first. */
  async #adopts(resource: ScriptResource): Promise<boolean> {
    const left = this.#left;
    this.#left = 'nothing';
    if (left === 'nothing') return false;
    if (left === 'alive' && this.#contract === 'poll') {
      this.#logs.keep(this.#name);
      resource.log('info', 'it is alive already (isalive says so), so online is not run');
      return true;
    }
    // Whoever still watches it holds the failure record of an incarnation that is over.
    if (left === 'alive') await this.offline(resource, { cause: 'recover', reason: 'brought online anew, for its host died' });
    await this.terminate(resource, { cause: 'recover', reason: 'its host died' });
    return false;
  }

  /** What is wrong with the end of `terminate`, if anything is. */
  async #cleanUp(resource: ScriptResource, why: EndingCause): Promise<string | undefined> {
    const { deadlineMs = DEFAULT_TERMINATE_MS } = why;
    const limitMs = Math.min(resource.properties.timeoutMs, Math.floor(deadlineMs * SHARE_OF_TERMINATE));
    try {
      const ending = await this.#run('terminate', resource, { limitMs, why });
      return isGoneCode(ending.code) || ending.code === EXIT.unimplemented ? undefined : inWords('terminate', ending);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** Kills the entry points that run, and waits for their end. */
  async #stopRunning(): Promise<void> {
    const running = [...this.#running];
    for (const [controller] of running) controller.abort(new DOMException('terminate overtook it', 'AbortError'));
    await Promise.allSettled(running.map(([, ended]) => ended));
  }

  async #run(entryPoint: EntryPoint, caller: Caller, how: { readonly limitMs: number; readonly why?: EndingCause }): Promise<Ending> {
    if (this.#hung !== undefined) throw hangMode(this.#hung);
    const stop = new AbortController();
    const run = this.#start(entryPoint, caller, AbortSignal.any([caller.signal, stop.signal]), how);
    this.#running.set(stop, run);
    const ending = await run.finally(() => this.#running.delete(stop));
    if (ending !== TIMED_OUT) return ending;
    this.#hung = `${entryPoint} did not return within ${how.limitMs} ms and was killed`;
    throw hangMode(this.#hung);
  }

  #start(
    entryPoint: EntryPoint,
    { statusReport, ...caller }: Caller,
    signal: AbortSignal,
    { limitMs, why }: { readonly limitMs: number; readonly why?: EndingCause },
  ): Promise<Ending | typeof TIMED_OUT> {
    const { script, args, cwd, env, user } = caller.properties;
    // Only these two may print for long, and what online leaves running goes on printing.
    const isOperation = entryPoint === 'online' || entryPoint === 'offline';
    return runEntryPoint({
      program: {
        property: 'script',
        command: script.includes('/') ? script : `./${script}`,
        args: [entryPoint, ...args],
        cwd,
        env: { ...env, ...environmentOf(caller, why) },
        user,
      },
      marker: this.#marker,
      limitMs,
      signal,
      openOutput: () => {
        this.#mayBeThere = true;
        return new Output(this.#logs, this.#stateDirectory, this.#name, !isOperation);
      },
      ...(isOperation && statusReport ? { onProgress: (text) => void statusReport({ text }) } : {}),
    });
  }
}

function isAliveCode(code: number | null): boolean {
  return code === EXIT.success || code === EXIT.promoted;
}

function isGoneCode(code: number | null): boolean {
  return code === EXIT.success || code === EXIT.notRunning;
}

function hangMode(why: string): CallError {
  return new CallError('hung', why);
}
