import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../operation.ts';
import { DBusConnection } from '../shared/dbus/connection.ts';
import type { Message } from '../shared/dbus/message.ts';
import { textOf, type Value } from '../shared/dbus/values.ts';

const SYSTEMD = 'org.freedesktop.systemd1';
const MANAGER = { destination: SYSTEMD, path: '/org/freedesktop/systemd1', interface: 'org.freedesktop.systemd1.Manager' };
const PROPERTIES = 'org.freedesktop.DBus.Properties';
const BUS = { destination: 'org.freedesktop.DBus', path: '/org/freedesktop/DBus', interface: 'org.freedesktop.DBus' };
/** A manager that executes itself anew is back in less than a second. */
const AWAY_LIMIT_MS = 30_000;
const PING_AGAIN_MS = 50;
const FIRST_AGAIN_MS = 20;
const LAST_AGAIN_MS = 1_000;

export type Scope = 'system' | 'user';

/** What is asked of the manager of a host; one connection for all units. */
export class SystemdManager {
  readonly #scope: Scope;
  readonly #watchers = new Map<string, Set<(trouble: string | undefined) => void>>();
  readonly #jobs = new Map<string, string>();
  readonly #jobListeners = new Set<() => void>();
  #connection: Promise<DBusConnection> | undefined;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  /** Asks the manager; connects first where need be. */
  async call(member: string, signature = '', ...values: readonly (string | number)[]): Promise<readonly Value[]> {
    return (await this.#connected()).call({ ...MANAGER, member, signature, values });
  }

  /** Properties of a unit, of the interface that all have or of that of its kind. */
  async properties(path: string, of: 'Unit' | 'Service'): Promise<Readonly<Record<string, Value>>> {
    const call = { destination: SYSTEMD, path, interface: PROPERTIES, member: 'GetAll', signature: 's', values: [`${SYSTEMD}.${of}`] };
    const [table] = await (await this.#connected()).call(call);
    return typeof table === 'object' && !Array.isArray(table) ? Object.fromEntries(Object.entries(table)) : {};
  }

  /** Queues a job and waits for its end: `done`, `failed`, `timeout`, `canceled`, `dependency`, `skipped`. Rejects when aborted. */
  async job(member: 'StartUnit' | 'StopUnit', unit: string, signal: AbortSignal): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    let path = '';
    const look = (): void => {
      const result = this.#jobs.get(path);
      if (result !== undefined) resolve(result);
    };
    const onAbort = (): void => reject(signal.reason);
    this.#jobListeners.add(look);
    signal.addEventListener('abort', onAbort);
    try {
      signal.throwIfAborted();
      path = textOf((await this.call(member, 'ss', unit, 'replace'))[0]);
      // It may have ended before its name arrived.
      look();
      return await promise;
    } finally {
      this.#jobListeners.delete(look);
      signal.removeEventListener('abort', onAbort);
      if (this.#jobListeners.size === 0) this.#jobs.clear();
    }
  }

  /** Calls back when the unit may have changed; with the trouble when the manager has been away for too long. Answers how to stop. */
  watch(path: string, changed: (trouble: string | undefined) => void): () => void {
    const watchers = this.#watchers.get(path) ?? new Set();
    this.#watchers.set(path, watchers.add(changed));
    return () => {
      watchers.delete(changed);
      if (watchers.size === 0) this.#watchers.delete(path);
    };
  }

  #connected(): Promise<DBusConnection> {
    this.#connection ??= this.#connect().catch((error: unknown) => {
      this.#connection = undefined;
      throw error;
    });
    return this.#connection;
  }

  async #connect(): Promise<DBusConnection> {
    const listener = { signal: (message: Message) => this.#signal(message), closed: () => this.#lost() };
    const { path, isBus } = socketOf(this.#scope);
    const connection = await DBusConnection.open(path, listener);
    if (!isBus) await untilHeard(connection);
    else {
      await connection.call({ ...BUS, member: 'Hello' });
      await connection.call({ ...BUS, member: 'AddMatch', signature: 's', values: [`type='signal',sender='${SYSTEMD}'`] });
    }
    await connection.call({ ...MANAGER, member: 'Subscribe' });
    return connection;
  }

  #signal({ path, member, body }: Message): void {
    if (member === 'JobRemoved' && this.#jobListeners.size > 0) {
      this.#jobs.set(textOf(body[1]), textOf(body[3]));
      for (const look of this.#jobListeners) look();
    }
    if (member === 'PropertiesChanged') for (const changed of this.#watchers.get(path) ?? []) changed(undefined);
  }

  #lost(): void {
    if (!this.#connection) return;
    this.#connection = undefined;
    if (this.#watchers.size > 0) void this.#comeBack();
  }

  /** What happened meanwhile is looked for. */
  async #comeBack(): Promise<void> {
    let trouble: string | undefined;
    const untilMs = performance.now() + AWAY_LIMIT_MS;
    for (let againMs = FIRST_AGAIN_MS; ; againMs = Math.min(againMs * 2, LAST_AGAIN_MS)) {
      try {
        await this.#connected();
        break;
      } catch (error) {
        if (performance.now() < untilMs) await delay(againMs);
        else {
          trouble = `the service manager has been away for ${AWAY_LIMIT_MS / 1_000} s: ${messageOf(error)}`;
          break;
        }
      }
    }
    for (const watchers of this.#watchers.values()) for (const changed of watchers) changed(trouble);
  }
}

/**
 * What reaches a busy manager together with the end of the greeting waits in its buffer until more comes: it is asked until it
 * answers. Seen with systemd 252 that executes itself anew.
 */
async function untilHeard(connection: DBusConnection): Promise<void> {
  const ping = { ...MANAGER, interface: 'org.freedesktop.DBus.Peer', member: 'Ping' };
  const again = setInterval(() => void connection.call(ping).catch(() => undefined), PING_AGAIN_MS);
  try {
    await connection.call(ping);
  } finally {
    clearInterval(again);
  }
}

/** The socket of the manager itself, which needs no bus; else the bus. Throws in one line when there is neither. */
export function socketOf(scope: Scope): { readonly path: string; readonly isBus: boolean } {
  const folder = scope === 'system' ? '/run' : (process.env['XDG_RUNTIME_DIR'] ?? `/run/user/${process.getuid?.() ?? 0}`);
  const own = join(folder, 'systemd/private');
  if (existsSync(own) && (scope === 'user' || process.getuid?.() === 0)) return { path: own, isBus: false };
  const bus = scope === 'system' ? '/run/dbus/system_bus_socket' : join(folder, 'bus');
  if (existsSync(bus)) return { path: bus, isBus: true };
  throw new Error(`systemd-unit needs systemd: neither ${own} nor ${bus} is there`);
}

/** Throws in one line when there is no manager to speak to, neither of the system nor of this user. */
export function requireSystemd(): void {
  try {
    socketOf('system');
  } catch (error) {
    if (process.env['XDG_RUNTIME_DIR'] === undefined) throw error;
    socketOf('user');
  }
}

const managers = new Map<Scope, SystemdManager>();

/** One for each manager that the host speaks to. */
export function managerOf(scope: 'auto' | Scope): SystemdManager {
  const chosen = scope === 'auto' ? (process.getuid?.() === 0 ? 'system' : 'user') : scope;
  const manager = managers.get(chosen) ?? new SystemdManager(chosen);
  managers.set(chosen, manager);
  return manager;
}
