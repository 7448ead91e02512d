import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { PlaceFlags } from '../connection/places.ts';

export const UNIT = 'andond.service';

/** Where a service has its unit and its directories. The daemon finds the same ones by itself (daemon/src/shell/places.ts). */
export interface ServicePlace {
  readonly scope: 'system' | 'user';
  /** Whether the user is root: its daemon would else take the system's directories. */
  readonly isRoot: boolean;
  readonly user: string;
  readonly home: string;
  readonly unitPath: string;
  readonly runtimeDir: string;
  readonly stateDir: string;
  readonly configDir: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** By default root's service is the system's and everyone else's their own. ANDON_* name no service: it has the usual places. */
export function servicePlace(flags: PlaceFlags, env: Environment = process.env, uid: number = process.getuid?.() ?? -1): ServicePlace {
  const home = env['HOME'] || homedir();
  const isRoot = uid === 0;
  if (flags.system || (isRoot && !flags.user)) {
    return {
      scope: 'system',
      isRoot,
      user: 'root',
      home,
      unitPath: join('/etc/systemd/system', UNIT),
      runtimeDir: '/run/andon',
      stateDir: '/var/lib/andon',
      configDir: '/etc/andon',
    };
  }
  const config = env['XDG_CONFIG_HOME'] || join(home, '.config');
  return {
    scope: 'user',
    isRoot,
    user: userName(uid),
    home,
    unitPath: join(config, 'systemd', 'user', UNIT),
    runtimeDir: join(runtimeHome(env, uid), 'andon'),
    stateDir: join(env['XDG_STATE_HOME'] || join(home, '.local', 'state'), 'andon'),
    configDir: join(config, 'andon'),
  };
}

/** Under `su` and `sudo` the variable is missing, and the directory is where logind always makes it. */
export function runtimeHome(env: Environment = process.env, uid: number = process.getuid?.() ?? -1): string {
  return env['XDG_RUNTIME_DIR'] || `/run/user/${uid}`;
}

function userName(uid: number): string {
  try {
    return userInfo().username;
  } catch {
    // No entry in the passwd file, as in containers.
    return String(uid);
  }
}
