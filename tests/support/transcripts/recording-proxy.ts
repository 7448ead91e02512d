// Stands between andond and a host, and writes down every frame and every failure record that passes:
//
//   recording-proxy.ts JOURNAL COMMAND ARG…
//
// It is what andond starts; it starts the host. Through the socket JOURNAL.director a test adds what no daemon would send,
// cuts the connection, and signals the host.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { appendFileSync, constants, openSync, rmSync, writeSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { FRAME_END } from '@andon/protocol';
import type { Line } from './transcript.ts';

const [, , journal = '', command = '', ...args] = process.argv;
const daemonSocket = process.env['ANDON_SOCKET'] ?? '';
const hostSocket = `${journal}.sock`;
const pipe = `${journal}.pipe`;
const director = `${journal}.director`;
const INHERITED_PIPE = 3;

function record(line: Line): void {
  appendFileSync(journal, `${JSON.stringify(line)}\n`);
}

/** Collects what arrives in pieces and hands out what ends with `end`, as text and with its end. */
function pieces(end: string, onPiece: (text: string) => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (let at = rest.indexOf(end); at !== -1; at = rest.indexOf(end)) {
      onPiece(rest.subarray(0, at + 1).toString());
      rest = rest.subarray(at + 1);
    }
  };
}

/** The connection pair of now. */
let host: Socket | undefined;
let daemon: Socket | undefined;
/** Ids of requests that this proxy added: their answers are not for the daemon. */
const added = new Set<string>();

function recordFrame(at: 'daemon' | 'host', text: string): void {
  const frame = JSON.parse(text.slice(0, -1));
  record(at === 'host' ? { at, frame, text } : { at, frame, text });
}

function onHost(socket: Socket): void {
  const upstream = connect(daemonSocket);
  const close = (): void => {
    socket.destroy();
    upstream.destroy();
  };
  const fromHost = pieces(FRAME_END, (text) => {
    recordFrame('host', text);
    const { id } = JSON.parse(text.slice(0, -1)).data;
    if (!added.has(id)) upstream.write(text);
  });
  const fromDaemon = pieces(FRAME_END, (text) => {
    recordFrame('daemon', text);
    socket.write(text);
  });
  // An attempt while there is no daemon is not recorded, and what the host says meanwhile waits.
  upstream.once('connect', () => {
    [host, daemon] = [socket, upstream];
    record({ at: 'host', connects: 'socket' });
    upstream.once('close', () => record({ at: 'daemon', closes: 'connection' }));
    socket.on('data', fromHost);
  });
  upstream.on('data', fromDaemon).on('error', close).on('close', close);
  socket.on('error', close).on('close', close);
}

function add(text: string): void {
  const frame = JSON.parse(text.slice(0, -1));
  added.add(frame.data.id);
  record({ at: 'daemon', frame, text, added: true });
  host?.write(text);
}

/** What the test asks for: `add FRAME`, `cut`, `signal NAME`. Each is answered with a line once it is done. */
function onDirector(socket: Socket, child: ChildProcess): void {
  createInterface({ input: socket }).on('line', (line) => {
    const [verb, ...rest] = line.split(' ');
    if (verb === 'add') add(`${rest.join(' ')}${FRAME_END}`);
    else if (verb === 'cut') daemon?.destroy();
    else if (verb === 'signal') signal(child, rest.join(' '));
    socket.write('done\n');
  });
}

function signal(child: ChildProcess, name: string): void {
  record({ at: 'world', signals: name });
  process.kill(child.pid ?? 0, name);
}

/** The host writes into a pipe of this proxy, and the proxy into the daemon's, which it inherited. Answers the host's end. */
function passRecordsOn(): number {
  rmSync(pipe, { force: true });
  spawnSync('mkfifo', ['-m', '600', pipe]);
  const writer = openSync(pipe, constants.O_RDWR);
  // Not read here: a read of a named pipe that waits would keep this process from ending.
  const reader = spawn('cat', [pipe], { stdio: ['ignore', 'pipe', 'inherit'] });
  const pass = (text: string): void => {
    record({ at: 'pipe', text });
    writeSync(INHERITED_PIPE, text);
  };
  reader.stdout.on('data', pieces('\n', pass));
  process.on('exit', () => reader.kill());
  return writer;
}

function startHost(): void {
  record({ at: 'daemon', starts: 'host' });
  const env = { ...process.env, ANDON_SOCKET: hostSocket, ANDON_EVENT_HANDLE: pipe };
  const child = spawn(command, args, { env, stdio: ['ignore', 'inherit', 'inherit', passRecordsOn()] });
  child.on('exit', (code, name) => {
    record({ at: 'host', exits: code ?? name ?? '' });
    process.exit(code ?? 1);
  });
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  rmSync(director, { force: true });
  createServer((socket) => onDirector(socket, child)).listen(director);
}

rmSync(hostSocket, { force: true });
createServer(onHost).listen(hostSocket, startHost);
