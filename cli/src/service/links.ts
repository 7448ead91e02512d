import { lstat, mkdir, readdir, readlink, rm, rmdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errnoOf, reasonOf } from '../failure.ts';
import type { Programs } from './programs.ts';
import type { ServicePlace } from './service-place.ts';

/** A name under which something of this installation is found without its path: by the shell, or by man(1). */
export interface Link {
  readonly path: string;
  readonly target: string;
}
export interface LeftLink {
  readonly path: string;
  readonly why: string;
}

/** `andon` and `andond` in PATH, and their pages in the manual, where Debian looks for what no package brought. */
export async function linksOf(place: ServicePlace, { andon, andond }: Programs): Promise<readonly Link[]> {
  const [bin, share] =
    place.scope === 'system' ? ['/usr/local/bin', '/usr/local/share'] : [join(place.home, '.local/bin'), join(place.home, '.local/share')];
  const pages = join(dirname(dirname(andon)), 'man');
  const names = await readdir(pages).catch((): string[] => []);
  return [
    { path: join(bin, 'andon'), target: andon },
    { path: join(bin, 'andond'), target: andond },
    ...names
      .filter((name) => /\.[18]$/.test(name))
      .map((name) => ({ path: join(share, 'man', `man${name.slice(-1)}`, name), target: join(pages, name) })),
  ];
}

/** Makes those that are missing. What stands there of somebody else stays, and no trouble here is worth failing for: answers what is not there. */
export async function makeLinks(links: readonly Link[]): Promise<readonly LeftLink[]> {
  const left: LeftLink[] = [];
  for (const link of links) {
    const why = await makeLink(link);
    if (why !== '') left.push({ path: link.path, why });
  }
  return left;
}

async function makeLink({ path, target }: Link): Promise<string> {
  const found = await targetOf(path);
  if (found === target) return '';
  if (found !== null && !isStale(found, target)) return `it is there already, and leads to ${found === '' ? 'something else' : found}`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await rm(path, { force: true });
    await symlink(target, path);
    return '';
  } catch (error) {
    return `it cannot be made: ${reasonOf(error)}`;
  }
}

/** Removes those that lead here, and nothing else. */
export async function removeLinks(links: readonly Link[]): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const { path, target } of links) {
    if ((await targetOf(path)) !== target) continue;
    await rm(path, { force: true });
    removed.push(path);
    // A section of the manual that was made for it; it stays while others have pages there.
    if (/\/man\d$/.test(dirname(path))) await rmdir(dirname(path)).catch(() => undefined);
  }
  return removed;
}

/** Where a link leads; empty for what is no link, null for nothing. */
async function targetOf(path: string): Promise<string | null> {
  try {
    return (await lstat(path)).isSymbolicLink() ? await readlink(path) : '';
  } catch (error) {
    return errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR' ? null : '';
  }
}

/** The same file of an installation elsewhere: an andon that was moved. */
function isStale(found: string, target: string): boolean {
  return found !== '' && found.split('/').slice(-3).join('/') === target.split('/').slice(-3).join('/');
}
