import { setTimeout as delay } from 'node:timers/promises';
import type { Contract } from '@andon/protocol';
import { poll } from '../../contract.ts';
import type { CallFacts, EndingCause } from '../../resource.ts';
import type { Alive } from '../../definition.ts';
import { messageOf } from '../../operation.ts';
import { isPopulated } from '../shared/cgroup.ts';
import { type ProcessIdentity, readProcess } from '../shared/identity.ts';
import type { Tree } from '../shared/process-tree.ts';
import { DEGRADED, isRunningCode, NOT_IMPLEMENTED, NOT_RUNNING, SUCCESS } from '../shared/script/exit-codes.ts';
import type { Ended } from '../shared/script/run.ts';
import type { AgentCalls, Caller } from './call.ts';
import { type Hint, KernelWatch } from './kernel-watch.ts';
import { pidFileOf } from './pid-files.ts';
import type { Recommendations } from './recommendations.ts';

/** A script that outlasts its call costs the host, and with it every other agent: it has this part of the time of a terminate, and again to clean up. */
const SHARE_OF_TERMINATE = 0.4;
const TERMINATE_MS = 30_000;
/** Open has 30 s. */
const MOST_WITHIN_OPEN_MS = 12_000;
/** A parent that reaps late leaves a zombie, which looks alive to `kill -0`: the agent is asked again until it is gone. */
const ZOMBIE_LIMIT_MS = 5_000;
const ZOMBIE_AGAIN_MS = 100;

/** One resource that an agent manages. */
export class ManagedAgent {
  readonly #calls: AgentCalls;
  readonly #recommended: Recommendations;
  #watch: KernelWatch | undefined;
  #verified = Promise.resolve();

  constructor(calls: AgentCalls, recommended: Recommendations) {
    this.#calls = calls;
    this.#recommended = recommended;
  }

  /** Whether it could work here, as far as the agent can tell. */
  async validate(caller: Caller): Promise<void> {
    const timeoutMs = Math.min(this.#recommended.monitorTimeoutMs, MOST_WITHIN_OPEN_MS);
    const ended = await this.#calls.run(caller, { action: 'validate-all', timeoutMs });
    if (!isExit(ended, SUCCESS, NOT_IMPLEMENTED)) throw this.#calls.failure('validate-all', ended, timeoutMs);
  }

  /** What another host may have left: it runs, it does not, or nobody can tell. */
  async probe(caller: Caller): Promise<'running' | 'nothing' | 'remains'> {
    const timeoutMs = Math.min(this.#recommended.monitorTimeoutMs, MOST_WITHIN_OPEN_MS);
    const ended = await this.#calls.run(caller, { action: 'monitor', timeoutMs, intervalMs: 0 });
    if (isAlive(ended)) return 'running';
    return isExit(ended, NOT_RUNNING) ? 'nothing' : 'remains';
  }

  async online(caller: CallFacts): Promise<Contract> {
    this.#endWatch();
    const { startTimeoutMs, looksAliveMs, isAliveMs } = this.#recommended;
    const ended = await this.#calls.run(caller, { action: 'start', timeoutMs: startTimeoutMs });
    if (!isExit(ended, SUCCESS)) throw this.#calls.failure('start', ended, startTimeoutMs);
    const looked = await this.#monitor(caller, 0);
    if (!isAlive(looked)) throw this.#calls.failure('monitor', looked, this.#recommended.monitorTimeoutMs);
    await this.#beginWatch(caller);
    this.#tell(caller, looked);
    return poll({ looksAliveMs, isAliveMs });
  }

  async offline(caller: CallFacts): Promise<void> {
    this.#endWatch();
    const { stopTimeoutMs } = this.#recommended;
    const ended = await this.#calls.run(caller, { action: 'stop', timeoutMs: stopTimeoutMs });
    if (!isExit(ended, SUCCESS, NOT_RUNNING)) throw this.#calls.failure('stop', ended, stopTimeoutMs);
    await this.#calls.endRest();
  }

  /** The agent has its chance, and whatever it says: what start has left running does not run afterwards. */
  async terminate(caller: CallFacts, { deadlineMs = TERMINATE_MS }: EndingCause): Promise<void> {
    this.#endWatch();
    const timeoutMs = Math.min(this.#recommended.stopTimeoutMs, Math.floor(deadlineMs * SHARE_OF_TERMINATE));
    const first = await this.#stopProblem(caller, timeoutMs);
    await this.#calls.killAll();
    // With its processes gone an agent can do what it could not before: unmount, take an address down.
    if (first === undefined || (await this.#stopProblem(caller, timeoutMs)) === undefined) return;
    await this.#calls.killAll();
    caller.log('error', `${first}; what it had started is killed, and what else it did may still be there`);
  }

  /** `level` of a monitor; the deepest where it is left out. */
  async isAlive(caller: CallFacts, level: number = this.#recommended.deepest): Promise<Alive> {
    try {
      const ended = await this.#monitor(caller, level);
      if (!isAlive(ended))
        return { alive: false, reason: this.#calls.failure('monitor', ended, this.#recommended.monitorTimeoutMs).message };
      this.#tell(caller, ended);
      return true;
    } catch (error) {
      caller.signal.throwIfAborted();
      return { alive: false, reason: messageOf(error) };
    }
  }

  #monitor(caller: Caller, depth: number): Promise<Ended> {
    const { monitorTimeoutMs: timeoutMs, looksAliveMs, isAliveMs } = this.#recommended;
    // Without reports: a monitor has nothing to tell of its progress.
    const { name, signal, log, incarnation, eventHandle, failureRecord } = caller;
    const quiet: Caller = {
      name,
      signal,
      log,
      incarnation: incarnation ?? 0,
      eventHandle: eventHandle ?? '',
      failureRecord: failureRecord ?? '',
    };
    return this.#calls.run(quiet, { action: 'monitor', timeoutMs, depth, intervalMs: depth === 0 ? looksAliveMs : isAliveMs });
  }

  async #stopProblem(caller: Caller, timeoutMs: number): Promise<string | undefined> {
    try {
      const ended = await this.#calls.run(caller, { action: 'stop', timeoutMs });
      return isExit(ended, SUCCESS, NOT_RUNNING) ? undefined : this.#calls.failure('stop', ended, timeoutMs).message;
    } catch (error) {
      return `stop: ${messageOf(error)}`;
    }
  }

  async #beginWatch(caller: CallFacts): Promise<void> {
    const watch = new KernelWatch((hint) => void this.#verify(watch, caller, hint));
    this.#watch = watch;
    await watch.begin(this.#started(), this.#calls.parameters);
  }

  #endWatch(): void {
    this.#watch?.end();
    this.#watch = undefined;
  }

  /** The kernel tells that something has changed. Whether that is a failure is for the agent to say: services replace their processes. */
  async #verify(watch: KernelWatch, caller: CallFacts, { what, process }: Hint): Promise<void> {
    // One monitor at a time; what comes meanwhile is looked at by another after it.
    this.#verified = this.#verified.then(async () => {
      for (const untilMs = performance.now() + ZOMBIE_LIMIT_MS; ;) {
        if (watch !== this.#watch || caller.signal.aborted) return;
        const mayDeceive = process !== undefined && isZombie(process);
        const alive = await this.isAlive(caller, 0).catch(() => true);
        if (alive !== true) return caller.fail(typeof alive === 'object' ? `${what}: ${alive.reason}` : what);
        if (!mayDeceive || performance.now() > untilMs) break;
        const file = pidFileOf(process.pid, this.#calls.parameters);
        if (file !== undefined) return caller.fail(`${what}, and ${file} still names it: the agent takes a zombie for a running process`);
        await delay(ZOMBIE_AGAIN_MS);
      }
      if (watch !== this.#watch) return;
      caller.log('info', `${what}, and its agent says that it works`);
      await watch.look(this.#started());
    });
    await this.#verified;
  }

  /** What start has left running, and no other action. */
  #started(): Tree {
    const { tree } = this.#calls;
    if (tree.cgroup === undefined || !isPopulated(tree.cgroup)) return tree;
    return { main: undefined, known: [], cgroup: tree.cgroup };
  }

  #tell(caller: CallFacts, ended: Ended): void {
    const pids = this.#watch?.pids ?? [];
    const processes = pids.length === 0 ? '' : `pid ${pids.join(', ')}`;
    const isDegraded = ended.kind === 'exited' && DEGRADED.has(ended.code);
    const said = isDegraded ? `degraded${ended.said === '' ? '' : `: ${ended.said}`}` : '';
    caller.setProperties({ statusText: [processes, said].filter((text) => text !== '').join('; ') });
  }
}

/** It has ended, and its parent has not taken note of it. */
function isZombie({ pid, startTime }: ProcessIdentity): boolean {
  return readProcess(pid)?.startTime === startTime;
}

function isExit(ended: Ended, ...codes: readonly number[]): boolean {
  return ended.kind === 'exited' && codes.includes(ended.code);
}

function isAlive(ended: Ended): boolean {
  return ended.kind === 'exited' && isRunningCode(ended.code);
}
