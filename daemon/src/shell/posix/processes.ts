import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { once } from 'node:events';
import type { Clock, HostCommand, HostProcess, Log, ProcessIdentity, Processes, SpawnFailure } from '../../ports/index.ts';
import { HostCgroups } from './cgroup.ts';
import { closedWhateverGroup, directoryProblem, explainRefusal, findCommand } from './command.ts';
import { errorText } from './error-code.ts';
import { openToInherit } from './event-handle.ts';
import { Examiner } from './examination.ts';
import { type HostOrigin, PosixHostProcess } from './host-process.ts';
import { LogRotation } from './log-rotation.ts';
import { restrictingPrefix } from './restrictions.ts';
import { native } from './native.ts';
import { identityOf, livingFacts } from './process-identity.ts';
import { lookUpUser, type NumericUser } from './users.ts';

export interface ProcessesOptions {
  readonly clock: Clock;
  /** Told of what goes wrong without stopping anything. */
  readonly log: Log;
  /** Directory of the hosts' logs, which are then kept within bounds while hosts live. */
  readonly hostLogs?: string;
  /** Give every host a cgroup of its own where the machine allows it. Default true. */
  readonly cgroups?: boolean;
}

const FIRST_BEYOND_STANDARD = 3;

interface Prepared {
  readonly path: string;
  readonly args: readonly string[];
}

/** Host processes on Linux. */
export class PosixProcesses implements Processes {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #cgroups: HostCgroups | null;
  readonly #logRotation: LogRotation | null;
  readonly #examiner = new Examiner();

  constructor({ clock, log, hostLogs, cgroups = true }: ProcessesOptions) {
    this.#clock = clock;
    this.#log = log;
    this.#cgroups = cgroups ? HostCgroups.find() : null;
    // Whatever the shell or service manager left open in the daemon is not for its hosts to hold.
    native()?.closeOnExecFrom(FIRST_BEYOND_STANDARD);
    this.#logRotation = hostLogs === undefined ? null : new LogRotation(clock, hostLogs);
  }

  async spawn(command: HostCommand): Promise<HostProcess | SpawnFailure> {
    const prepared = await this.#prepare(command);
    if ('kind' in prepared) return prepared;
    const descriptors: number[] = [];
    try {
      const pipe = keep(descriptors, openToInherit(command.eventHandle.path));
      const log = this.#openLog(command, descriptors);
      return await this.#start(command, prepared, ['ignore', log, log, pipe]);
    } catch (error) {
      return refused(`event handle of the host cannot be opened: ${errorText(error)}`);
    } finally {
      for (const fd of descriptors) closeSync(fd);
    }
  }

  adopt(identity: ProcessIdentity): HostProcess | null {
    const facts = livingFacts(identity);
    if (!facts) return null;
    const host = this.#host({ identity, leadsGroup: facts.groupId === identity.pid, child: null, examiner: this.#examiner });
    const cgroup = this.#cgroups?.of(identity.pid) ?? null;
    if (this.#cgroups && cgroup !== null) host.owns(this.#cgroups, cgroup);
    return host;
  }

  user(name: string): Promise<NumericUser | null> {
    return lookUpUser(name);
  }

  resolveCommand(command: string, cwd: string | undefined): { readonly path: string } | { readonly problem: string } {
    return findCommand(command, cwd ?? process.cwd(), process.env['PATH']);
  }

  /** Everything that can be known to be wrong before the fork, which can only say "no such file". */
  async #prepare(command: HostCommand): Promise<Prepared | SpawnFailure> {
    const [name = '', ...args] = command.argv;
    const user = command.user === null ? null : await lookUpUser(command.user);
    if (command.user !== null && !user) return refused(`user "${command.user}" does not exist`);
    const uid = process.getuid?.();
    if (user && user.uid !== uid && uid !== 0)
      return refused(`cannot run as user "${command.user}": only a daemon of root can, and this one is of user ${uid}`);
    const problem = directoryProblem(command.cwd);
    if (problem !== null) return refused(problem);
    const found = findCommand(name, command.cwd, command.env['PATH'] ?? process.env['PATH']);
    if ('problem' in found) return refused(found.problem);
    const other = user && user.uid !== uid ? user : null;
    const [helper, ...before] = restrictingPrefix(command, other);
    if (helper === undefined) return { path: found.path, args };
    const closed = closedWhateverGroup(found.path, other);
    if (closed !== null) return refused(closed);
    // By the daemon's own PATH: that of the type may name whatever its author likes, and the helper still runs as the daemon.
    const program = findCommand(helper, '/', process.env['PATH']);
    if ('problem' in program) return refused(`${helper} of util-linux, which restricts the host, cannot be run: ${program.problem}`);
    return { path: program.path, args: [...before, found.path, ...args] };
  }

  /** A log that cannot be written never stops a host. */
  #openLog({ logPath, hostId }: HostCommand, descriptors: number[]): number | 'ignore' {
    try {
      const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;
      return keep(descriptors, openSync(logPath, flags, 0o600));
    } catch (error) {
      this.#log.warn({ host: hostId, path: logPath }, `Output of host "${hostId}" is lost: ${errorText(error)}`);
      return 'ignore';
    }
  }

  async #start(command: HostCommand, prepared: Prepared, stdio: ('ignore' | number)[]): Promise<HostProcess | SpawnFailure> {
    let error: unknown;
    try {
      const child = startChild(command, prepared, stdio);
      if (child.pid !== undefined) return this.#watch(command.hostId, child, child.pid);
      [error] = await once(child, 'error');
    } catch (thrown) {
      error = thrown;
    }
    return refused(explainRefusal(error, prepared.path, command.cwd));
  }

  async #watch(hostId: string, child: ChildProcess, pid: number): Promise<HostProcess | SpawnFailure> {
    // However short its life was: a child stays a zombie until the loop turns again, so its start time can be read.
    const identity = identityOf(pid);
    if (!identity) {
      child.kill('SIGKILL');
      return refused(`process ${pid} was started, but /proc/${pid}/stat cannot be read`);
    }
    const host = this.#host({ identity, leadsGroup: true, child, examiner: this.#examiner });
    const cgroup = (await this.#cgroups?.place(hostId, pid)) ?? null;
    if (this.#cgroups && cgroup !== null) host.owns(this.#cgroups, cgroup);
    return host;
  }

  #host(origin: HostOrigin): PosixHostProcess {
    const host = new PosixHostProcess(this.#clock, origin);
    this.#logRotation?.writerStarted();
    host.onExit(() => this.#logRotation?.writerEnded());
    return host;
  }
}

/** A session of its own: a Ctrl-C at the daemon's terminal does not reach it, and its process group can be killed as a whole. */
function startChild({ cwd, env }: HostCommand, { path, args }: Prepared, stdio: ('ignore' | number)[]): ChildProcess {
  return spawn(path, args, { cwd, env, stdio, detached: true });
}

function keep(descriptors: number[], fd: number): number {
  descriptors.push(fd);
  return fd;
}

function refused(reason: string): SpawnFailure {
  return { kind: 'spawnFailed', reason };
}
