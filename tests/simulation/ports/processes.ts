import type { KillScope } from '@andon/protocol';
import type { HostCommand, HostProcess, ProcessExit, ProcessIdentity, Processes, SpawnFailure } from '../../../daemon/src/ports/index.ts';
import type { DaemonLife } from '../actors/daemon-life.ts';
import type { SimulatedProcess } from '../actors/simulated-process.ts';
import type { World } from '../engine/world.ts';

export class SimulatedProcesses implements Processes {
  readonly #world: World;
  readonly #life: DaemonLife;

  constructor(world: World, life: DaemonLife) {
    this.#world = world;
    this.#life = life;
  }

  async spawn(command: HostCommand): Promise<HostProcess | SpawnFailure> {
    await this.#life.sometime();
    this.#life.passage('before spawn');
    if (this.#world.mishap(0.03)) return { kind: 'spawnFailed', reason: `${command.argv[0]}: not executable (EACCES)` };
    // A dead daemon starts nothing, and nobody is left to see what it believes.
    const process = this.#life.isAlive ? this.#life.startProcess(command) : null;
    this.#life.passage('after spawn');
    await this.#life.sometime();
    return process ? new WatchedProcess(process, this.#life, true) : { kind: 'spawnFailed', reason: 'the daemon is dead' };
  }

  adopt(identity: ProcessIdentity): HostProcess | null {
    const process = this.#world.machine.processes.get(identity.pid);
    const isSame = process?.identity.startTime === identity.startTime && process.identity.bootId === identity.bootId;
    return process && isSame ? new WatchedProcess(process, this.#life, false) : null;
  }

  user(): Promise<{ readonly uid: number; readonly gid: number } | null> {
    return Promise.resolve({ uid: 1000, gid: 1000 });
  }

  resolveCommand(command: string): { readonly path: string } {
    return { path: command };
  }
}

/** A process as one daemon has it: its child, which the kernel tells of, or one that it adopted and has to look at. */
class WatchedProcess implements HostProcess {
  readonly kind = 'process';
  readonly identity: ProcessIdentity;
  readonly #process: SimulatedProcess;
  readonly #life: DaemonLife;
  readonly #isChild: boolean;
  #listener: ((exit: ProcessExit) => void) | null = null;

  constructor(process: SimulatedProcess, life: DaemonLife, isChild: boolean) {
    this.#process = process;
    this.#life = life;
    this.#isChild = isChild;
    this.identity = process.identity;
  }

  onExit(listener: (exit: ProcessExit) => void): void {
    this.#listener = listener;
    if (this.#isChild) this.#process.whenGone(() => this.#life.loop.post(() => this.checkExit()));
  }

  checkExit(): boolean {
    const { exit } = this.#process;
    if (!exit) return false;
    const listener = this.#listener;
    this.#listener = null;
    if (this.#life.isAlive) listener?.(this.#isChild ? exit : { kind: 'gone' });
    return true;
  }

  examine(): null {
    return null;
  }

  async kill(scope: KillScope, limitMs: number): Promise<'gone' | 'notGone'> {
    this.#life.passage('before kill');
    if (this.#life.isAlive && scope !== 'none') {
      this.#life.judgeKill(this.#process);
      this.#process.kill('SIGKILL');
    }
    const waited = await this.#life.untilGone(this.#process, limitMs);
    this.#life.passage('after kill');
    return waited;
  }

  requestExit(): void {
    if (this.#life.isAlive) this.#process.politely();
  }
}
