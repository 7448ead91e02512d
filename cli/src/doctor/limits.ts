import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { reasonOf } from '../failure.ts';
import { cgroupDirectories } from './cgroup-of.ts';
import { type Check, fail, ok, type Patient, quoted, warn } from './check.ts';

/** A pipe, a connection and a pidfd a host, and the same again for adoption. */
const ENOUGH_FILES = 4096;
const FILES_A_HOST = 4;
const CROWDED = 0.8;
/** Of a new pipe, while its user has not too many. Source: pipe(7). */
const PAGES_A_PIPE = 16;

/** What the daemon may use: files, processes, memory of pipes, a cgroup for each host. Of this process when no daemon runs. */
export async function limitChecks({ pid, runtimeDir }: Patient): Promise<readonly Check[]> {
  return [
    await filesCheck(pid),
    await processesCheck(pid ?? 'self'),
    await pipesCheck(pid ?? 'self', runtimeDir),
    await delegationCheck(pid),
  ];
}

async function filesCheck(pid: number | null): Promise<Check> {
  const name = 'open files';
  const remedy = 'LimitNOFILE=65536 in the unit: systemctl edit andond; from a shell: ulimit -n 65536, then andon up --detach';
  try {
    const limits = await readFile(`/proc/${pid ?? 'self'}/limits`, 'utf8');
    const soft = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Infinity);
    const used = pid === null ? 0 : (await readdir(`/proc/${pid}/fd`).catch(() => [])).length;
    const detail = `${pid === null ? 'a daemon started here' : 'the daemon'} may have ${soft} open${pid === null ? '' : `, and has ${used}`}`;
    if (used > soft * CROWDED) return fail(name, detail, remedy);
    return soft >= ENOUGH_FILES
      ? ok(name, detail)
      : warn(name, `${detail}: enough for about ${Math.floor(soft / FILES_A_HOST)} hosts`, remedy);
  } catch (error) {
    return warn(name, `cannot be read: ${reasonOf(error)}`, `cat /proc/${pid ?? 'self'}/limits`);
  }
}

/** pids.max of every cgroup above counts; where it is reached no host can be started (EAGAIN). */
async function processesCheck(pid: number | 'self'): Promise<Check> {
  const name = 'processes';
  const directories = [...(await cgroupDirectories(pid, 2)), ...(await cgroupDirectories(pid, 'pids'))];
  const known: string[] = [];
  for (const directory of directories) {
    const [most, used] = await Promise.all([numberIn(join(directory, 'pids.max')), numberIn(join(directory, 'pids.current'))]);
    if (most === null || used === null) continue;
    const detail = `${used} of ${most} in ${directory}`;
    known.push(detail);
    if (used > most * CROWDED)
      return fail(name, detail, 'TasksMax=infinity in the unit: systemctl edit andond; then: systemctl daemon-reload');
  }
  return ok(name, known[0] ?? 'no limit by a cgroup');
}

/** Above the soft bound pipes of a user shrink to a page or two, and writers of failure records wait sooner. */
async function pipesCheck(pid: number | 'self', runtimeDir: string): Promise<Check> {
  const name = 'pipe memory';
  const handles = (await readdir(join(runtimeDir, 'ev')).catch(() => [])).length;
  const [soft, hard] = await Promise.all(['soft', 'hard'].map((which) => numberIn(`/proc/sys/fs/pipe-user-pages-${which}`)));
  if (!soft) return ok(name, `${handles} event handles, no bound`);
  if ((await uidOf(pid)) === 0) return ok(name, `${handles} event handles; the bound of ${soft} pages is not for root`);
  const wanted = handles * PAGES_A_PIPE;
  const detail = `${handles} event handles want ${wanted} pages of the ${soft} that a user may have`;
  const remedy = `sudo sysctl -w fs.pipe-user-pages-soft=${Math.max(65_536, 2 * wanted)}`;
  if (hard && handles > hard) return fail(name, `${detail}, at most ${hard} pages in any case`, remedy);
  return wanted > soft ? warn(name, detail, remedy) : ok(name, detail);
}

/** A cgroup for each host lets nothing of it escape a kill; the daemon must own the one that it is in. */
async function delegationCheck(pid: number | null): Promise<Check> {
  const name = 'cgroup delegation';
  const [directory] = await cgroupDirectories(pid ?? 'self', 2);
  const without = 'leftovers of a host are found by process group and parent only';
  if (directory === undefined) return warn(name, `no cgroup v2 here: ${without}`, 'Boot with systemd.unified_cgroup_hierarchy=1');
  if (pid === null) return ok(name, 'told once a daemon runs');
  const [uid, found] = await Promise.all([uidOf(pid), stat(directory).catch(() => null)]);
  if (found === null || uid === null) return warn(name, `${directory} cannot be looked at`, `ls -ld ${quoted(directory)}`);
  if (uid === 0 || found.uid === uid) return ok(name, `${directory} is the daemon's`);
  return warn(
    name,
    `${directory} (${basename(directory)}) belongs to uid ${found.uid}, not to the daemon's ${uid}: ${without}`,
    'andon service install --user',
  );
}

async function uidOf(pid: number | 'self'): Promise<number | null> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const uid = /^Uid:\s+\d+\s+(\d+)/m.exec(text)?.[1];
  return uid === undefined ? null : Number(uid);
}

/** Null for what is not there, and for "max". */
async function numberIn(path: string): Promise<number | null> {
  const text = (await readFile(path, 'utf8').catch(() => '')).trim();
  return /^\d+$/.test(text) ? Number(text) : null;
}
