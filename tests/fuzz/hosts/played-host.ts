// A resource host of the fuzzer: welcomed like any other, and then it says what it is told through the socket that its first argument
// names: a line of JSON, a list of texts, each sent as a frame, in which $ID stands for its newest unanswered call. What the daemon
// asks it meanwhile is answered afterwards, as a good host would.
import { connect, createServer, type Socket } from 'node:net';
import { rmSync } from 'node:fs';

const [path = ''] = process.argv.slice(2);
const { ANDON_SOCKET = '', ANDON_TOKEN, ANDON_HOST_ID, ANDON_EVENT_HANDLE } = process.env;
const states = new Map<string, { incarnation: number; state: string }>();
const unanswered = new Map<string, { method: string; params: Record<string, unknown> }>();
let daemon: Socket | undefined;
let isPlaying = false;
let marks = 0;
let heard = (_id: string): void => undefined;

function send(type: string, data: unknown): void {
  daemon?.write(`${JSON.stringify({ type, data })}\f`);
}

function meet(): void {
  const socket = connect(ANDON_SOCKET);
  let held = '';
  socket.setEncoding('utf8');
  socket.on('connect', () => {
    daemon = socket;
    const resources = [...states].map(([id, told]) => ({ id, ...told }));
    const software = { name: 'played-host', version: '1' };
    const capabilities = { remembersResults: false };
    const hello = { protocols: ['andon/1'], token: ANDON_TOKEN, hostId: ANDON_HOST_ID, pid: process.pid, software, capabilities };
    send('hello', { ...hello, concurrency: 'perResource', resourceCount: resources.length, resources });
  });
  socket.on('data', (text: string) => {
    const parts = (held + text).split('\f');
    held = parts.pop() ?? '';
    for (const part of parts) hear(JSON.parse(part));
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    daemon = undefined;
    unanswered.clear();
    heard('closed');
    setTimeout(meet, 20);
  });
}

function hear({ type, data }: { type: string; data: { id: string; method: string; params: Record<string, unknown> } }): void {
  if (type === 'goodbye') process.exit(0);
  if (type === 'response') heard(data.id);
  if (type !== 'request') return;
  unanswered.set(data.id, data);
  if (!isPlaying) answerAll();
}

function answerAll(): void {
  for (const [id, { method, params }] of unanswered) send('response', { id, ok: true, result: resultOf(method, params) });
  unanswered.clear();
}

function resultOf(method: string, { types, resourceId, incarnation }: Record<string, unknown>): unknown {
  const name = String(resourceId);
  const is = (state: string): void => void states.set(name, { incarnation: Number(incarnation ?? 0), state });
  switch (method) {
    case 'startup':
      return { resourceTypes: types };
    case 'open':
      if (!states.has(name)) is('Offline');
      return { found: 'nothing' };
    case 'online':
      is('Online');
      return { contract: 'event', eventHandle: ANDON_EVENT_HANDLE };
    case 'offline':
      is('Offline');
      return {};
    case 'terminate':
      is('Failed');
      return {};
    case 'close':
      states.delete(name);
      return {};
    default:
      return { alive: true };
  }
}

/** Resolves when the daemon has read all of it, or has had enough. */
function play(texts: readonly string[]): Promise<void> {
  isPlaying = true;
  return new Promise((resolve) => {
    const mark = `mark-${++marks}`;
    heard = (id) => {
      if (id !== mark && id !== 'closed') return;
      heard = () => undefined;
      isPlaying = false;
      answerAll();
      resolve();
    };
    const newest = [...unanswered.keys()].at(-1) ?? 'none';
    for (const text of texts) daemon?.write(`${text.replaceAll('$ID', newest)}\f`);
    if (daemon) send('request', { id: mark, method: 'nothing', params: {} });
    else heard('closed');
  });
}

rmSync(path, { force: true });
createServer((player) => {
  let held = '';
  player.setEncoding('utf8');
  player.on('error', () => undefined);
  player.on('data', (text: string) => {
    held += text;
    if (!held.endsWith('\n')) return;
    const texts: string[] = JSON.parse(held);
    held = '';
    void play(texts).then(() => player.write('played\n'));
  });
}).listen(path, meet);
