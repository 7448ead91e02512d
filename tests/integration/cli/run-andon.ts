import { type ChildProcessWithoutNullStreams, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { type Answers, FakeDaemon } from './fake-daemon.ts';

const ANDON = fileURLToPath(new URL('../../../cli/bin/andon.js', import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as the one JSON document it must be. */
  json(): unknown;
}
export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string;
  /** To run it as another user, which only root can. */
  readonly uid?: number;
}

export class Running {
  readonly child: ChildProcessWithoutNullStreams;
  #stdout = '';
  #stderr = '';
  readonly #ended: Promise<unknown>;

  constructor(args: readonly string[], folder: string, { env = {}, cwd = folder, stdin = '', uid }: RunOptions) {
    this.child = spawn(process.execPath, [ANDON, ...args], {
      cwd,
      env: { ...surroundings(folder), ...env },
      ...(uid === undefined ? {} : { uid }),
    });
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text));
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    this.child.stdin.on('error', () => {}).end(stdin);
    this.#ended = once(this.child, 'close');
    onTestFinished(() => void this.child.kill('SIGKILL'));
  }

  /** Waits until standard output has that text. */
  async says(text: string): Promise<void> {
    while (!this.#stdout.includes(text)) await Promise.race([once(this.child.stdout, 'data'), this.#endedEarly(text)]);
  }

  /** Waits until standard error has that text. */
  async notes(text: string): Promise<void> {
    while (!this.#stderr.includes(text)) await Promise.race([once(this.child.stderr, 'data'), this.#endedEarly(text)]);
  }

  async ended(): Promise<Ran> {
    await this.#ended;
    const [stdout, stderr] = [this.#stdout, this.#stderr];
    return { code: this.child.exitCode, stdout, stderr, json: () => JSON.parse(stdout) as unknown };
  }

  async #endedEarly(text: string): Promise<never> {
    const { stdout, stderr } = await this.ended();
    throw new Error(`andon ended before it said "${text}"; it said: ${stdout}${stderr}`);
  }
}

/** Nothing of the person who runs the tests: only PATH, and folders of this test. */
function surroundings(folder: string): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: folder, ANDON_RUNTIME_DIR: folder, ANDON_STATE_DIR: folder };
}

export function startAndon(args: readonly string[], folder: string, options: RunOptions = {}): Running {
  return new Running(args, folder, options);
}

export function andon(args: readonly string[], folder: string, options: RunOptions = {}): Promise<Ran> {
  return new Running(args, folder, options).ended();
}

export async function testFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'andon-cli-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A folder with a daemon in it that answers so. */
export async function fakeDaemon(answers: Answers): Promise<{ readonly daemon: FakeDaemon; readonly folder: string }> {
  const folder = await testFolder();
  const daemon = await FakeDaemon.start(folder, answers);
  onTestFinished(() => daemon.stop());
  return { daemon, folder };
}

/** `script` of util-linux gives a command a terminal of its own; it is there on every Debian. */
export const hasTerminal = spawnSync('script', ['--version']).status === 0;

/** What `andon` writes to a terminal of this size. */
export function onTerminal(
  args: readonly string[],
  folder: string,
  size: { readonly columns: number; readonly rows: number },
): Promise<readonly string[]> {
  const command = `stty cols ${size.columns} rows ${size.rows}; exec "${process.execPath}" "${ANDON}" ${args.join(' ')}`;
  const env = { ...surroundings(folder), TERM: 'xterm', LC_ALL: 'C.UTF-8', NO_COLOR: '1', SHELL: '/bin/sh' };
  // The daemon may be one of this very process: it must be able to answer meanwhile.
  return new Promise((resolve, reject) => {
    execFile('script', ['-qec', command, '/dev/null'], { env, cwd: folder }, (error, stdout) =>
      error ? reject(new Error(`${error.message}: ${stdout}`)) : resolve(stdout.split('\r\n')),
    );
  });
}
