import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Andon } from '../shared/andon.ts';
import { run } from '../shared/child.ts';
import type { Scratch } from '../shared/scratch.ts';
import { childrenOf } from './processes.ts';

/** One service: a shell that tells its birth through a named pipe and then waits for ever. */
export interface Service {
  readonly name: string;
  /** For `sh -c`. */
  readonly script: string;
}

/** A supervisor that runs services. */
export interface Supervision {
  /** The processes that watch the services: those that are killed. */
  watchers(): Promise<readonly number[]>;
  /** Starts it again after that, where nothing else does. */
  again(): Promise<void>;
  /** All processes of the supervisor, the topmost first, to be ended when all is measured; none where the scratch ends it. */
  processes(): readonly number[];
}

export interface Peer {
  readonly name: string;
  readonly program: string;
  readonly version: readonly string[];
  /** How it was set up, told beside its figures. */
  readonly setting: string;
  start(scratch: Scratch, folder: string, services: readonly Service[]): Promise<Supervision>;
}

export const PEERS: readonly Peer[] = [
  {
    name: 'andon',
    program: 'node',
    version: ['--version'],
    setting: 'generic-application, RestartDelay 0',
    async start(scratch, folder, services) {
      const andon = await Andon.up(scratch);
      const manifest = join(folder, 'andon.toml');
      writeFileSync(manifest, services.map(andonResource).join('\n'));
      await andon.command('apply', '-f', manifest);
      await andon.command('online', ...services.map(({ name }) => name));
      const pid = async (): Promise<number> => {
        const status: { daemon: { pid: number } } = JSON.parse((await andon.command('status', '--json')).stdout);
        return status.daemon.pid;
      };
      return { watchers: async () => [await pid()], again: async () => void (await andon.command('up', '--detach')), processes: () => [] };
    },
  },
  {
    name: 'runit',
    program: 'runsvdir',
    version: [],
    setting: 'defaults',
    start: (_scratch, folder, services) => scanned(['runsvdir', '-P', folder], folder, services, (script) => script),
  },
  {
    name: 's6',
    program: 's6-svscan',
    version: [],
    setting: 'with notification-fd, without which it pauses for 1 s',
    start(_scratch, folder, services) {
      for (const { name } of services) write(join(folder, name, 'notification-fd'), '3\n');
      return scanned(['s6-svscan', folder], folder, services, (script) => `echo >&3; exec 3>&-; ${script}`);
    },
  },
  {
    name: 'supervisord',
    program: 'supervisord',
    version: ['--version'],
    setting: 'defaults',
    async start(_scratch, folder, services) {
      const file = join(folder, 'supervisord.conf');
      const programs = services.map(({ name, script }) => `[program:${name}]\ncommand=/bin/sh ${written(folder, name, script)}\n`);
      write(
        file,
        `[supervisord]\nnodaemon=true\npidfile=${folder}/pid\nlogfile=${folder}/log\nchildlogdir=${folder}\n${programs.join('')}`,
      );
      return single(['supervisord', '-c', file]);
    },
  },
  {
    name: 'monit',
    program: 'monit',
    version: ['--version'],
    setting: 'cycle of 1 s, its shortest; dead services stayed zombies for a cycle here',
    async start(_scratch, folder, services) {
      const file = join(folder, 'monitrc');
      const checks = services.map(({ name, script }) => {
        const start = written(
          folder,
          `start-${name}`,
          `setsid sh ${written(folder, name, script)} > /dev/null 2>&1 & echo $! > ${folder}/${name}.pid`,
        );
        return `check process ${name} with pidfile ${folder}/${name}.pid\n start program = "/bin/sh ${start}"\n`;
      });
      write(file, `set daemon 1\nset pidfile ${folder}/pid\nset idfile ${folder}/id\nset statefile ${folder}/state\n${checks.join('')}`);
      chmodSync(file, 0o600);
      return single(['monit', '-I', '-c', file]);
    },
  },
];

function andonResource({ name, script }: Service): string {
  const properties = '{ RestartDelay = 0, RestartThreshold = 1000 }';
  return `[[resource]]\nname = "${name}"\ntype = "generic-application"\nset = { command = "sh", args = ["-c", ${JSON.stringify(script)}] }\nproperty = ${properties}\n`;
}

/** One watching process for each service, below one that watches these. */
async function scanned(
  [program = '', ...args]: readonly string[],
  folder: string,
  services: readonly Service[],
  wrapped: (script: string) => string,
): Promise<Supervision> {
  for (const { name, script } of services) {
    write(join(folder, name, 'run'), `#!/bin/sh\n${wrapped(script)}\n`);
    chmodSync(join(folder, name, 'run'), 0o755);
  }
  const scanner = started(program, args);
  const watchers = (): number[] => (scanner.pid === undefined ? [] : childrenOf(scanner.pid));
  return { watchers: async () => watchers(), again: async () => {}, processes: () => [scanner.pid ?? 0, ...watchers()] };
}

/** One process that watches all services. */
function single([program = '', ...args]: readonly string[]): Supervision {
  let child = started(program, args);
  return {
    watchers: async () => [child.pid ?? 0],
    processes: () => [child.pid ?? 0],
    again: async () => {
      child = started(program, args);
    },
  };
}

function started(program: string, args: readonly string[]): ChildProcess {
  return spawn(program, args, { stdio: 'ignore', detached: true });
}

function written(folder: string, name: string, script: string): string {
  const path = join(folder, `${name}.sh`);
  write(path, `${script}\n`);
  return path;
}

function write(path: string, text: string): void {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
}

/** The first line that says its version; '' = it is not installed. */
export async function versionOf({ program, version }: Peer): Promise<string> {
  try {
    await run('sh', ['-c', `command -v ${program}`]);
  } catch {
    return '';
  }
  if (version.length === 0) return 'as installed';
  return (await run(program, version)).stdout.split('\n')[0] ?? '';
}
