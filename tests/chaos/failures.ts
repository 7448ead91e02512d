import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { someOf } from '../support/random.ts';
import { nowUs } from './ledger.ts';
import { signal } from './processes.ts';
import { orderFailures, programs, type World } from './world.ts';

const SHARE_OF_LIBRARY = 0.1;
const SHARE_OF_SHELL = 0.1;
const PROGRAMS_A_ROUND = 15;
const LATEST_MS = 60;

/** While the faults of a round are injected, resources fail in every way there is, each at a moment of its own. */
export async function provokeFailures(world: World): Promise<number> {
  const { random } = world;
  const ways = [() => throughLibraries(world), () => throughShell(world), () => byKilledPrograms(world)];
  const counts = await Promise.all(
    ways.map(async (way) => {
      await pause(random() * LATEST_MS);
      return way();
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

function throughLibraries(world: World): number {
  const ledgered = world.resources.filter(({ type, monitorProcessId }) => type.startsWith('ledger-') && monitorProcessId !== null);
  const chosen = ledgered.filter(() => world.random() < SHARE_OF_LIBRARY);
  for (const [pid, ofHost] of Map.groupBy(chosen, ({ monitorProcessId }) => monitorProcessId ?? 0)) {
    orderFailures(
      world,
      pid,
      ofHost.map(({ name }) => name),
    );
  }
  return chosen.length;
}

/** As `echo` would: whoever writes cannot write it again. Only of ledgered hosts, which tell what became of it. */
function throughShell(world: World): number {
  const online = world.resources.filter(({ type, state }) => type.startsWith('ledger-') && state === 'Online');
  return online
    .filter(() => world.random() < SHARE_OF_SHELL)
    .filter(({ name, incarnation, host }) => writeRecord(world, host, name, incarnation)).length;
}

/** False where nobody holds the pipe, or it is full: `echo` would have told so. */
export function writeRecord({ daemon, ledger }: World, host: string, resource: string, incarnation: number): boolean {
  const us = nowUs();
  const line = Buffer.from(`${resource}@${incarnation} shell\n`);
  try {
    const fd = openSync(join(daemon.folder, 'run', 'ev', host), constants.O_WRONLY | constants.O_NONBLOCK);
    try {
      if (writeSync(fd, line) !== line.length) return false;
    } finally {
      closeSync(fd);
    }
  } catch {
    return false;
  }
  // Only what was written counts, from the moment at which it may have been read.
  ledger.enter('record', { us, resource, incarnation, writer: 'shell' });
  return true;
}

function byKilledPrograms({ fleet, ledger, random }: World): number {
  const running = [...programs(fleet).values()].flat();
  const killed = someOf(running, PROGRAMS_A_ROUND, random).filter((pid) => signal(pid, 'SIGKILL'));
  ledger.enter('killed', { text: killed.join(' ') });
  return killed.length;
}
