import { once } from 'node:events';
import { constants, closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Andon } from '../shared/andon.ts';
import { end, run, start } from '../shared/child.ts';
import type { Scratch } from '../shared/scratch.ts';
import type { Programs } from './build.ts';
import type { Side } from './round.ts';

/** How the two sides are alike. */
export interface Setting {
  readonly programs: Programs;
  readonly resources: number;
  readonly restartDelayMs: number;
  /** Shortest and longest silence before a failure. */
  readonly pauseUs: readonly [number, number];
}

const NAME_DIGITS = 3;

/** The real daemon, with `resources` instances of one type online in one host. */
export async function startAndonSide(scratch: Scratch, setting: Setting): Promise<Side> {
  const andon = await Andon.up(scratch);
  const side: Side = {
    name: 'andon',
    folder: andon.folder,
    trigger: join(andon.folder, 'trigger'),
    hostLog: async () => (await andon.command('logs', 'bench')).stdout,
  };
  await run('mkfifo', [side.trigger]);
  const names = Array.from({ length: setting.resources }, (_, index) => `bench-${String(index).padStart(NAME_DIGITS, '0')}`);
  const manifest = join(andon.folder, 'bench.toml');
  writeFileSync(manifest, manifestText(names, side, setting));
  await andon.command('apply', '-f', manifest);
  await andon.command('online', ...names, '--wait', '60');
  return side;
}

function manifestText(names: readonly string[], side: Side, setting: Setting): string {
  const command = [setting.programs.host, side.trigger, ...setting.pauseUs.map(String)];
  // A short period: failures that are minutes apart in real life must not pile up in the restart policy's window.
  const property = `{ RestartThreshold = 1000000, RestartDelay = ${setting.restartDelayMs}, RestartPeriod = 1000 }`;
  const type = `[type]\nname = "bench"\ncommand = ${JSON.stringify(command)}\n`;
  return [type, ...names.map((name) => `[[resource]]\nname = "${name}"\ntype = "bench"\nproperty = ${property}\n`)].join('\n');
}

/** The floor daemon and the same host. `frameBytes` is the length of the real daemon's terminate frame. */
export async function startFloorSide(scratch: Scratch, setting: Setting, frameBytes: number): Promise<Side> {
  const folder = join(scratch.folder, 'floor');
  mkdirSync(folder);
  // Its host writes to the standard error of this process.
  const side: Side = {
    name: 'floor',
    folder,
    trigger: join(folder, 'trigger'),
    hostLog: async () => 'see above',
  };
  const [socket, eventHandle] = [join(folder, 'socket'), join(folder, 'events')];
  await run('mkfifo', ['-m', '600', side.trigger, eventHandle]);

  const floorArgs = [socket, eventHandle, String(frameBytes), String(setting.restartDelayMs)];
  const floor = start(setting.programs.floor, floorArgs, ['ignore', 'pipe', 'inherit'], {});
  scratch.onEnd(() => end(floor));
  if (floor.stdout) await once(floor.stdout, 'data', { signal: scratch.signal });

  // The host gets its pipe as the daemon hands it down: as descriptor 3, read-write and blocking.
  const eventFd = openSync(eventHandle, constants.O_RDWR);
  const env = {
    ANDON_SOCKET: socket,
    ANDON_EVENT_HANDLE: eventHandle,
    ANDON_EVENT_FD: '3',
    ANDON_TOKEN: 'none',
    ANDON_HOST_ID: 'bench',
  };
  const host = start(setting.programs.host, [side.trigger, ...setting.pauseUs.map(String)], ['ignore', 'inherit', 'inherit', eventFd], env);
  closeSync(eventFd);
  scratch.onEnd(() => end(host));
  return side;
}
