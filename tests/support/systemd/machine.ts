import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CHECKOUT = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');
const SCRIPT = fileURLToPath(new URL('machine.sh', import.meta.url));
/** The user of the machine, besides root. */
const ADA = 1000;
/** Whatever happens to the test, nothing of a machine lives longer. */
const LIFE_LIMIT_S = 240;
const RUN_LIMIT_MS = 120_000;
const PROGRAMS = ['systemd', 'systemd-journald', 'systemctl', 'systemd-analyze', 'unshare', 'nsenter', 'setpriv', 'timeout', 'ip', 'find'];
const NAMESPACES = ['--mount', '--pid', '--fork', '--cgroup', '--net', '--uts', '--ipc', '--kill-child=KILL'];
/** The checkout is where an administrator would have put it. */
export const NODE = `/opt/andon/node_modules/node-linux-${process.arch}/bin/node`;
const ANDON = [NODE, '/opt/andon/cli/bin/andon.js'] as const;

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}
export type Mode = 'system' | 'user' | 'none';

/** Why there can be no such machine here; null when there can. */
export function whyNoMachine(): string | null {
  if (process.platform !== 'linux') return 'not Linux';
  if (process.getuid?.() !== 0) return 'not root, who alone may make namespaces with a root of their own';
  const missing = PROGRAMS.filter(
    (program) => !['/usr/bin', '/usr/sbin', '/usr/lib/systemd'].some((folder) => existsSync(join(folder, program))),
  );
  if (missing.length > 0) return `not installed: ${missing.join(', ')}`;
  // What a service of root runs, and what the user of the machine reads.
  for (const path of ['', 'daemon/bin/andond.js', 'cli/bin/andon.js'].map((name) => join(CHECKOUT, name))) {
    const { uid, mode } = statSync(path);
    if (uid !== 0 || (mode & 0o022) !== 0 || (mode & 0o004) === 0)
      return `${path} does not belong to root, or is not readable for all and writable for root alone`;
  }
  try {
    const cgroup = newCgroup();
    rmdirSync(cgroup);
    execFileSync('unshare', [...NAMESPACES, 'mount', '--make-rprivate', '/'], { stdio: 'ignore' });
    return null;
  } catch {
    return 'no cgroup v2 that can be written, or no namespaces';
  }
}

/** A machine with a systemd of its own; its disk is a folder (machine.sh). Whoever makes one calls `remove`. */
export class Machine {
  readonly folder = mkdtempSync(join(tmpdir(), 'andon-m-'));
  readonly mode: Mode;
  readonly #cgroups: string[] = [];
  #child: ChildProcess | undefined;
  #init = 0;
  boots = 0;

  constructor(mode: Mode) {
    this.mode = mode;
    for (const path of ['etc/systemd/system', 'var/lib', 'var/cache', 'home/ada']) mkdirSync(join(this.folder, path), { recursive: true });
    chownSync(join(this.folder, 'home/ada'), ADA, ADA);
    const etc = (name: string, text: string): void => writeFileSync(join(this.folder, 'etc', name), text);
    etc(
      'passwd',
      `root:x:0:0:root:/root:/bin/bash\nada:x:${ADA}:${ADA}::/home/ada:/bin/bash\nnobody:x:65534:65534::/nonexistent:/bin/false\n`,
    );
    etc('group', `root:x:0:\nada:x:${ADA}:\nnogroup:x:65534:\n`);
    etc('machine-id', `${randomUUID().replaceAll('-', '')}\n`);
  }

  /** Starts it, with a boot id of its own; resolves when its systemd has started what it had to. */
  async boot(): Promise<void> {
    this.boots++;
    writeFileSync(join(this.folder, 'boot_id'), `${randomUUID()}\n`);
    const cgroup = newCgroup();
    this.#cgroups.push(cgroup);
    const out = openSync(join(this.folder, 'console'), 'a');
    const inCgroup = `echo $$ > ${cgroup}/cgroup.procs; exec timeout -s KILL ${LIFE_LIMIT_S} unshare ${NAMESPACES.join(' ')} "$@"`;
    const child = spawn('bash', ['-c', inCgroup, 'boot', 'bash', SCRIPT, this.mode, this.folder, CHECKOUT], {
      stdio: ['ignore', out, out],
    });
    this.#child = child;
    const died = new Promise<never>((_, reject) => {
      child.once('exit', () => reject(new Error(`the machine did not start: ${readFileSync(join(this.folder, 'console'), 'utf8')}`)));
    });
    died.catch(() => undefined);
    await Promise.race([this.#started(), died]);
  }

  async #started(): Promise<void> {
    for (;;) {
      this.#init = childOf(childOf(this.#child?.pid ?? 0));
      const ready = this.mode === 'none' ? '/usr/bin/sleep' : '/usr/lib/systemd/systemd';
      if (this.#init !== 0 && this.mode !== 'user' && exeOf(this.#init) === ready) break;
      if (this.#init !== 0 && this.mode === 'user' && existsSync(this.path('/run/user/1000/systemd/private'))) break;
      await pause(10);
    }
    if (this.mode === 'none') return;
    while (!existsSync(this.path(this.mode === 'user' ? '/run/user/1000/systemd/private' : '/run/systemd/private'))) await pause(10);
    await this.run(['systemctl', ...(this.mode === 'user' ? ['--user'] : []), 'is-system-running', '--wait']);
  }

  /** A path inside, as it can be opened from here. */
  path(inside: string): string {
    return `/proc/${this.#init}/root${inside}`;
  }

  /** Runs a command inside, as the machine's user. */
  run(command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
    const isAda = this.mode === 'user';
    const surroundings = {
      PATH: '/usr/sbin:/usr/bin',
      LC_ALL: 'C.UTF-8',
      NO_COLOR: '1',
      ...(isAda ? { HOME: '/home/ada', USER: 'ada', XDG_RUNTIME_DIR: `/run/user/${ADA}` } : { HOME: '/root', USER: 'root' }),
      ...env,
    };
    const who = isAda ? ['--setuid', String(ADA), '--setgid', String(ADA)] : [];
    return new Promise((resolve) => {
      const args = ['--target', String(this.#init), '--all', ...who, '--', ...command];
      execFile('nsenter', args, { env: surroundings, timeout: RUN_LIMIT_MS, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr });
      });
    });
  }

  /** As `run`, but what fails is an error with all that was said. */
  async must(command: readonly string[], env?: Readonly<Record<string, string>>): Promise<string> {
    const { code, stdout, stderr } = await this.run(command, env);
    if (code !== 0) throw new Error(`"${command.join(' ')}" ended with ${code}:\n${stdout}${stderr}`);
    return stdout;
  }

  andon(...args: string[]): Promise<Ran> {
    return this.run([...ANDON, ...args]);
  }

  systemctl(...args: string[]): Promise<Ran> {
    return this.run(['systemctl', ...(this.mode === 'user' ? ['--user'] : []), ...args]);
  }

  /** Properties of the service, by name. */
  async show(...properties: string[]): Promise<Readonly<Record<string, string>>> {
    const { stdout } = await this.systemctl('show', 'andond', `--property=${properties.join(',')}`);
    return Object.fromEntries(stdout.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
  }

  /** Paths of everything that can be written, with what each one is; but for those that `except` fits. */
  async tree(except = /^$/): Promise<string[]> {
    const command = ['find', '/etc', '/var', '/home', '/root', '/run', '/tmp', '/usr/local', '-printf', '%y %m %u %p %l\n'];
    // What systemd and its journal keep of any service.
    const theirs = /^. \d+ \S+ (\/run\/(log|systemd|credentials|user\/1000\/systemd)|\/var\/(log|tmp))(\/|$| )/;
    return (await this.run(command)).stdout.split('\n').filter((line) => line !== '' && !theirs.test(line) && !except.test(line));
  }

  /** All processes end at once, as when the power fails; /run and /tmp are gone with them. */
  async powerOff(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    if (this.#init !== 0) process.kill(this.#init, 'SIGKILL');
    else child.kill('SIGKILL');
    await ended;
    this.#init = 0;
    for (const cgroup of this.#cgroups.splice(0)) await removeCgroup(cgroup);
  }

  async remove(): Promise<void> {
    await this.powerOff();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Below the mount point of cgroup v2, on unified and on hybrid machines. */
function newCgroup(): string {
  const line = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .find((one) => one.includes(' - cgroup2 '));
  const mountPoint = line?.split(' ')[4];
  if (mountPoint === undefined) throw new Error('cgroup v2 is not mounted');
  const cgroup = join(mountPoint, `andon-test-${process.pid}-${randomUUID().slice(0, 8)}`);
  mkdirSync(cgroup);
  return cgroup;
}

/** By looking at all processes: not every kernel lists the children of one. */
function childOf(parent: number): number {
  if (parent === 0) return 0;
  const found = readdirSync('/proc').find((name) => /^\d+$/.test(name) && parentOf(name) === parent);
  return Number(found ?? 0);
}

function parentOf(pid: string): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name may hold anything, also blanks and parentheses.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return 0;
  }
}

function exeOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return '';
  }
}

/** It can be removed once the kernel has let go of the last process, which tells nobody. */
async function removeCgroup(directory: string): Promise<void> {
  const below = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const { name } of below) await removeCgroup(join(directory, name));
  for (const untilMs = Date.now() + 5_000; ;) {
    try {
      return rmdirSync(directory);
    } catch (error) {
      if (Date.now() > untilMs) throw error;
      await pause(20);
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Looks again until it holds: for what tells nobody when it changes. */
export async function eventually(what: string, holds: () => Promise<boolean> | boolean, limitMs = 20_000): Promise<void> {
  for (const untilMs = Date.now() + limitMs; !(await holds());) {
    if (Date.now() > untilMs) throw new Error(`not within ${limitMs} ms: ${what}`);
    await pause(50);
  }
}
