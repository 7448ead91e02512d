import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AndonError, EXIT } from '@andon/protocol/errors';
import { ControlClient } from '../connection/client.ts';
import { reasonOf } from '../failure.ts';
import { lastLines } from '../log-tail.ts';
import { controlSocket, type Place } from '../connection/places.ts';

const START_LIMIT_MS = 15_000;
const PROBE_EVERY_MS = 20;
const OUTPUT_LINES_SHOWN = 5;
const OUTPUT_LINES_READ = 40;
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/** The lock is the daemon's; asking first only gives the better message. */
export async function refuseSecond(place: Place): Promise<void> {
  const running = await ping(place);
  if (running !== null) throw new AndonError('daemonRuns', { directory: place.runtimeDir, pid: running });
}

/** The pid of the daemon at `place`, or null when none answers. */
async function ping(place: Place): Promise<number | null> {
  let client: ControlClient;
  try {
    client = await ControlClient.connect(controlSocket(place));
  } catch {
    return null;
  }
  try {
    return (await client.request('ping', {}, START_LIMIT_MS)).pid;
  } finally {
    client.close();
  }
}

/** Turns this process into the daemon, so that signals and the exit code need no go-between. */
export function becomeDaemon(env: NodeJS.ProcessEnv): Promise<void> {
  const args = [process.execPath, daemonProgram()];
  // Not on Windows, and not in a worker, where there is no exec.
  if (process.platform !== 'win32' && process.execve) process.execve(process.execPath, args, env);
  const child = spawn(process.execPath, args.slice(1), { stdio: 'inherit', env });
  for (const signal of FORWARDED) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(startFailed(reasonOf(error))));
    child.once('exit', (code, signal) => {
      for (const forwarded of FORWARDED) process.removeAllListeners(forwarded);
      if (signal !== null) process.kill(process.pid, signal);
      process.exitCode = code ?? EXIT.bug;
      resolve();
    });
  });
}

/** Starts the daemon in a session of its own and waits until it answers. Its output goes to a file, for when it does not. */
export async function detachDaemon(place: Place, env: NodeJS.ProcessEnv): Promise<{ readonly pid: number; readonly output: string }> {
  const output = join(place.stateDir, 'logs', 'andond.out');
  const file = await openOutput(output);
  const { size } = await file.stat();
  const child = spawn(process.execPath, [daemonProgram()], {
    detached: true,
    stdio: ['ignore', file.fd, file.fd],
    env,
  });
  await file.close();
  const ended = ending(child);
  const untilMs = Date.now() + START_LIMIT_MS;
  while (Date.now() < untilMs) {
    const pid = await ping(place);
    if (pid !== null) {
      child.unref();
      return { pid, output };
    }
    const how = await Promise.race([ended, later(PROBE_EVERY_MS)]);
    if (how !== null) throw startFailed(`${how}${await lastOutput(output, size)}`);
  }
  child.unref();
  throw startFailed(`pid ${child.pid} did not answer within ${START_LIMIT_MS / 1000} s${await lastOutput(output, size)}`, output);
}

function later(ms: number): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), ms));
}

/** How the child ended, in words; a signalled child has no exit code. */
function ending(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(`it could not be started: ${reasonOf(error)}`));
    child.once('exit', (code, signal) => resolve(signal === null ? `it ended with exit code ${code}` : `it was ended by ${signal}`));
  });
}

async function openOutput(path: string): ReturnType<typeof open> {
  const directory = dirname(path);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return await open(path, 'a', 0o600);
  } catch (error) {
    throw new AndonError('directoryTrouble', {
      path: directory,
      reason: reasonOf(error),
      variable: 'ANDON_STATE_DIR',
    });
  }
}

/** What it said since it was started: from its last complaint on, without the stack of a crash, else the last lines. */
async function lastOutput(path: string, from: number): Promise<string> {
  const { lines, size } = await lastLines(path, OUTPUT_LINES_READ);
  if (size <= from) return ', and it said nothing';
  const complaint = lines.findLastIndex((line) => /^(andond: |\w*Error\b)/.test(line));
  const told = complaint === -1 ? lines.slice(-OUTPUT_LINES_SHOWN) : lines.slice(complaint).filter((line) => !/^\s+at /.test(line));
  return `; it said:\n  ${told.slice(0, OUTPUT_LINES_SHOWN).join('\n  ')}`;
}

function startFailed(reason: string, output?: string): AndonError {
  const hint =
    output === undefined ? 'Run it in the foreground to see more: andon up' : `Look at ${output}, or run it in the foreground: andon up`;
  return new AndonError('daemonStartFailed', { reason, hint });
}

/** The program of the daemon that belongs to this command line. */
export function daemonProgram(): string {
  let program: string;
  try {
    program = join(dirname(fileURLToPath(import.meta.resolve('@andon/daemon/package.json'))), 'bin', 'andond.js');
  } catch (error) {
    throw startFailed(`the package @andon/daemon is not installed (${reasonOf(error)})`);
  }
  if (existsSync(program)) return program;
  throw startFailed(`${program} does not exist`);
}
