import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';

/** One type, with a way to break what it watches. */
export interface Subject {
  readonly type: string;
  /** Value of `set` in a manifest. */
  readonly set: string;
  /** What breaks it, in words. */
  readonly fault: string;
  /** Breaks it; `pid` is the one that its status shows. */
  break(pid: number): void;
  /** What was broken by somebody else is mended by somebody else. */
  mend?(): Promise<void> | void;
  end?(): void;
}

const AGENT = '/usr/lib/ocf/resource.d/heartbeat/anything';
const SERVICE_PORT = 18_471;

/** What can be measured here: mounts and networks only by root, in namespaces that this process has for itself. */
export async function subjects(folder: string, hasNamespaces: boolean): Promise<Subject[]> {
  const all = [application(), foreignProcess(folder), await lifeline(), watch(folder)];
  if (existsSync(AGENT)) all.push(agent(folder));
  if (hasNamespaces) all.push(mount(folder), address(), link());
  return all;
}

function application(): Subject {
  return {
    type: 'generic-application',
    set: '{ command = "sleep", args = ["100000"] }',
    fault: 'kill -9',
    break: (pid) => process.kill(pid, 'SIGKILL'),
  };
}

function foreignProcess(folder: string): Subject {
  const pidFile = join(folder, 'foreign.pid');
  let child: ChildProcess;
  const mend = (): void => {
    child = spawn('sleep', ['100000'], { stdio: 'ignore' });
    writeFileSync(pidFile, `${child.pid}\n`);
  };
  mend();
  return {
    type: 'process',
    set: `{ pidFile = ${JSON.stringify(pidFile)}, waitMs = 5000 }`,
    fault: 'kill -9',
    break: () => child.kill('SIGKILL'),
    mend,
    end: () => child.kill('SIGKILL'),
  };
}

async function lifeline(): Promise<Subject> {
  const sockets = new Set<Socket>();
  let server: Server;
  const mend = (): Promise<void> => {
    server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    });
    return new Promise((resolve) => server.listen(SERVICE_PORT, '127.0.0.1', resolve));
  };
  const stop = (): void => {
    server.close();
    for (const socket of sockets) socket.resetAndDestroy();
  };
  await mend();
  return {
    type: 'tcp-lifeline',
    set: `{ port = ${SERVICE_PORT} }`,
    fault: 'the service closes its connections and its listener',
    break: stop,
    mend,
    end: stop,
  };
}

function watch(folder: string): Subject {
  const pipe = join(folder, 'lines');
  execFileSync('mkfifo', [pipe]);
  return {
    type: 'watch',
    set: `{ command = "sh", args = ["-c", 'while :; do cat "$0"; done', ${JSON.stringify(pipe)}] }`,
    fault: 'a line into the pipe that the command reads',
    break: () => writeFileSync(pipe, 'it is broken\n'),
  };
}

function agent(folder: string): Subject {
  const pidFile = join(folder, 'agent.pid');
  const parameters = `{ binfile = "/usr/bin/sleep", cmdline_options = "100000", pidfile = ${JSON.stringify(pidFile)}, logfile = "/dev/null" }`;
  return {
    type: 'ocf-agent',
    set: `{ agent = "ocf:heartbeat:anything", parameters = ${parameters} }`,
    fault: 'kill -9 of what the agent started; a monitor verifies it',
    break: (pid) => process.kill(pid, 'SIGKILL'),
  };
}

function mount(folder: string): Subject {
  const directory = join(folder, 'mounted');
  return {
    type: 'mount',
    set: `{ device = "tmpfs", fstype = "tmpfs", directory = ${JSON.stringify(directory)}, makeDirectory = true }`,
    fault: 'umount, from the start of the command',
    break: () => execFileSync('umount', [directory]),
  };
}

function address(): Subject {
  return {
    type: 'address',
    set: '{ address = "192.0.2.10/24", interface = "v0", announce = false }',
    fault: 'ip addr del, from the start of the command',
    break: () => execFileSync('ip', ['addr', 'del', '192.0.2.10/24', 'dev', 'v0']),
  };
}

function link(): Subject {
  return {
    type: 'link',
    set: '{ interface = "v2" }',
    fault: 'ip link set down, from the start of the command',
    break: () => execFileSync('ip', ['link', 'set', 'v2', 'down']),
    mend: () => void execFileSync('ip', ['link', 'set', 'v2', 'up']),
  };
}
