import { listOf, textOf } from '../shared/dbus/values.ts';
import { DBusError } from '../shared/dbus/connection.ts';
import type { SystemdManager } from './manager.ts';

/** How a unit is. Source: org.freedesktop.systemd1(5). */
export interface UnitState {
  /** `active`, `reloading`, `inactive`, `failed`, `activating`, `deactivating`. */
  readonly active: string;
  /** Depends on the kind of the unit: `running`, `auto-restart`, `exited`. */
  readonly sub: string;
  /** `loaded`, `not-found`, `masked`, `bad-setting`, `error`. */
  readonly load: string;
  readonly loadError: string;
  readonly hasJob: boolean;
  readonly mainPid: number;
  readonly statusText: string;
  /** How a service ended last: `success`, `exit-code`, `signal`, `watchdog`, `timeout`, `oom-kill`. */
  readonly result: string;
  readonly exitStatus: number;
}

export class Unit {
  readonly name: string;
  readonly path: string;
  readonly #manager: SystemdManager;

  private constructor(name: string, path: string, manager: SystemdManager) {
    this.name = name;
    this.path = path;
    this.#manager = manager;
  }

  static async load(name: string, manager: SystemdManager): Promise<Unit> {
    const [path] = await manager.call('LoadUnit', 's', name);
    return new Unit(name, textOf(path), manager);
  }

  async state(): Promise<UnitState> {
    const unit = await this.#manager.properties(this.path, 'Unit');
    const service = this.name.endsWith('.service') ? await this.#manager.properties(this.path, 'Service') : {};
    const [, loadError] = listOf(unit['LoadError']);
    const [job] = listOf(unit['Job']);
    return {
      active: textOf(unit['ActiveState']),
      sub: textOf(unit['SubState']),
      load: textOf(unit['LoadState']),
      loadError: textOf(loadError),
      hasJob: Number(job ?? 0) !== 0,
      mainPid: Number(service['MainPID'] ?? 0),
      statusText: textOf(service['StatusText']),
      result: textOf(service['Result']),
      exitStatus: Number(service['ExecMainStatus'] ?? 0),
    };
  }

  start(signal: AbortSignal): Promise<string> {
    return this.#manager.job('StartUnit', this.name, signal);
  }

  stop(signal: AbortSignal): Promise<string> {
    return this.#manager.job('StopUnit', this.name, signal);
  }

  /** SIGKILL to all of its processes; nothing where there are none. */
  async kill(): Promise<void> {
    await this.#manager.call('KillUnit', 'ssi', this.name, 'all', 9).catch(ignoreRefusal);
  }

  /** Forgets that it has failed, and how often it was started. */
  async resetFailed(): Promise<void> {
    await this.#manager.call('ResetFailedUnit', 's', this.name).catch(ignoreRefusal);
  }

  watch(changed: (trouble: string | undefined) => void): () => void {
    return this.#manager.watch(this.path, changed);
  }
}

/** A unit that is not loaded has no processes, and has not failed. */
function ignoreRefusal(error: unknown): void {
  if (!(error instanceof DBusError)) throw error;
}

/** `failed (signal, 9)`, `inactive (dead)`. */
export function stateWords({ active, sub, result, exitStatus }: UnitState): string {
  const how = result === '' || result === 'success' ? '' : `, ${result}${exitStatus === 0 ? '' : ` ${exitStatus}`}`;
  return `${active} (${sub}${how})`;
}
