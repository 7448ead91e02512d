import type { HostCommand } from '../../ports/index.ts';
import type { NumericUser } from './users.ts';

/**
 * What stands before the command of a host that is restricted, so that it runs as this user in all groups of that user. Both programs
 * are of util-linux and exec what follows them, so the pid stays. Empty when nothing is asked for: an ordinary start costs nothing more.
 *
 * Limits come first: only root may raise them. libuv can change uid and gid as well, but clears the other groups.
 */
export function restrictingPrefix({ noNewPrivileges, limits }: HostCommand, user: NumericUser | null): string[] {
  const limiting = Object.entries(limits).map(([name, value]) => `--${name}=${value}`);
  const dropping = [
    ...(user ? [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--init-groups'] : []),
    ...(noNewPrivileges ? ['--no-new-privs'] : []),
  ];
  return [...(limiting.length > 0 ? ['prlimit', ...limiting, '--'] : []), ...(dropping.length > 0 ? ['setpriv', ...dropping, '--'] : [])];
}
