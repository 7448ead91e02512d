import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { AndonError, MAX_SOCKET_PATH_BYTES } from '@andon/protocol';
import { ensureSafeDirectory, passableMode } from './posix/safe-directory.ts';

/** Where this daemon keeps everything. All paths are absolute. */
export interface Places {
  readonly scope: 'system' | 'user' | 'custom';
  readonly runtimeDir: string;
  readonly stateDir: string;
  readonly configDir: string;
  /** Administrators connect here. */
  readonly controlSocket: string;
  /** Those who may only look connect here. */
  readonly statusSocket: string;
  /** Hosts connect here. */
  readonly hostSocket: string;
  readonly eventHandlesDir: string;
  readonly store: string;
  /** What the store could not take. Not on its disk, where the machine has a memory for runtime files. */
  readonly unsaved: string;
  /** One file a host: its standard output and standard error. */
  readonly hostLogs: string;
  /** One file a resource: what its program prints. The hosts that run programs make it (resource-host/src/builtin). */
  readonly applicationLogs: string;
  /** Evidence of hosts that were killed or died. */
  readonly incidents: string;
  readonly daemonLog: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Root has the system's directories, everyone else their own; `andon` looks in the same places (cli/src/connection/places.ts). */
export function resolvePlaces(env: Environment = process.env, uid: number = process.getuid?.() ?? -1): Places {
  const home = env['HOME'] || homedir();
  const system = uid === 0;
  const stateDir = resolve(
    env['ANDON_STATE_DIR'] || (system ? '/var/lib/andon' : join(env['XDG_STATE_HOME'] || join(home, '.local', 'state'), 'andon')),
  );
  const configDir = resolve(
    env['ANDON_CONFIG_DIR'] || (system ? '/etc/andon' : join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'andon')),
  );
  // Without XDG_RUNTIME_DIR, say under cron, below the state directory: /tmp would be shared with everyone.
  const usual = env['XDG_RUNTIME_DIR'] ? join(env['XDG_RUNTIME_DIR'], 'andon') : join(stateDir, 'run');
  const runtimeDir = resolve(env['ANDON_RUNTIME_DIR'] || (system ? '/run/andon' : usual));
  return {
    scope: env['ANDON_RUNTIME_DIR'] ? 'custom' : system ? 'system' : 'user',
    runtimeDir,
    stateDir,
    configDir,
    controlSocket: join(runtimeDir, 'control.sock'),
    statusSocket: join(runtimeDir, 'status.sock'),
    hostSocket: join(runtimeDir, 'host.sock'),
    eventHandlesDir: join(runtimeDir, 'ev'),
    store: join(stateDir, 'andon.db'),
    unsaved: join(runtimeDir, 'unsaved.json'),
    hostLogs: join(stateDir, 'logs', 'hosts'),
    applicationLogs: join(stateDir, 'logs', 'applications'),
    incidents: join(stateDir, 'incidents'),
    daemonLog: join(stateDir, 'logs', 'andond.log'),
  };
}

/**
 * Makes the runtime and state directories with all that is below them. The configuration directory is only read, so it may be absent.
 *
 * @throws AndonError `pathTooLong` | `directoryUnsafe` | `directoryTrouble`
 */
export function preparePlaces(places: Places): void {
  for (const path of [places.controlSocket, places.statusSocket, places.hostSocket]) refuseLongPath(path);
  const state = { mode: 0o700, variable: 'ANDON_STATE_DIR' };
  ensureSafeDirectory({ ...state, path: places.stateDir });
  ensureSafeDirectory({ ...state, path: join(places.stateDir, 'logs') });
  ensureSafeDirectory({ ...state, path: places.hostLogs });
  ensureSafeDirectory({ path: places.runtimeDir, mode: passableMode(), variable: 'ANDON_RUNTIME_DIR' });
}

function refuseLongPath(path: string): void {
  const bytes = Buffer.byteLength(path);
  if (bytes > MAX_SOCKET_PATH_BYTES) throw new AndonError('pathTooLong', { path, bytes, limit: MAX_SOCKET_PATH_BYTES });
}
