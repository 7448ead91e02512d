import { homedir } from 'node:os';
import { join } from 'node:path';

export interface PlaceFlags {
  readonly system?: boolean;
  readonly user?: boolean;
}
/** Where one daemon keeps its sockets, its store and its configuration. */
export interface Place {
  readonly scope: 'system' | 'user' | 'custom';
  readonly runtimeDir: string;
  readonly stateDir: string;
  readonly configDir: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Decision 14: in this order the daemon is looked for. The first is where `up` starts one. */
export function places(flags: PlaceFlags, env: Environment = process.env, uid: number = process.getuid?.() ?? -1): readonly Place[] {
  const system: Place = {
    scope: 'system',
    runtimeDir: '/run/andon',
    stateDir: env['ANDON_STATE_DIR'] || '/var/lib/andon',
    configDir: env['ANDON_CONFIG_DIR'] || '/etc/andon',
  };
  if (flags.system) return [system];
  const users = userPlaces(env);
  if (flags.user) return users;
  const [user] = users;
  const custom = env['ANDON_RUNTIME_DIR'];
  if (custom) return [{ ...(uid === 0 ? system : (user ?? system)), scope: 'custom', runtimeDir: custom }];
  return uid === 0 ? [system] : [...users, system];
}

/** Two, because a daemon that was started without XDG_RUNTIME_DIR, say by cron, has its sockets below the state directory. */
function userPlaces(env: Environment): readonly Place[] {
  const home = env['HOME'] || homedir();
  const stateDir = env['ANDON_STATE_DIR'] || join(env['XDG_STATE_HOME'] || join(home, '.local', 'state'), 'andon');
  const configDir = env['ANDON_CONFIG_DIR'] || join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'andon');
  const below: Place = { scope: 'user', runtimeDir: join(stateDir, 'run'), stateDir, configDir };
  const runtime = env['XDG_RUNTIME_DIR'];
  return runtime ? [{ ...below, runtimeDir: join(runtime, 'andon') }, below] : [below];
}

export function controlSocket(place: Place): string {
  return join(place.runtimeDir, 'control.sock');
}

/** For those who may only look. */
export function statusSocket(place: Place): string {
  return join(place.runtimeDir, 'status.sock');
}

/** The command that starts a daemon at this place. */
export function startCommand(flags: PlaceFlags): string {
  if (flags.system) return process.getuid?.() === 0 ? 'andon up --system --detach' : 'sudo andon up --system --detach';
  return flags.user ? 'andon up --user --detach' : 'andon up --detach';
}

/** What the daemon is told of its place. Nothing unless a flag says so: by itself it decides by the same rules. */
export function daemonEnvironment(flags: PlaceFlags, place: Place, env: Environment = process.env): NodeJS.ProcessEnv {
  if (!flags.system && !flags.user) return { ...env };
  return {
    ...env,
    ANDON_RUNTIME_DIR: place.runtimeDir,
    ANDON_STATE_DIR: place.stateDir,
    ANDON_CONFIG_DIR: place.configDir,
  };
}
