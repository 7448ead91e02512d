import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { constants, openSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { FRAME_END } from '@andon/protocol';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from '../temporary.ts';
import { type Line, normalised, RUNTIME_FOLDER, TOKEN } from './transcript.ts';

/** What arrives, in order, and a wait for the next of it. */
class Inbox<Item> {
  readonly #items: Item[] = [];
  #awaited: ((item: Item) => void) | undefined;

  put(item: Item): void {
    if (this.#awaited) this.#awaited(item);
    else this.#items.push(item);
    this.#awaited = undefined;
  }

  next(): Promise<Item> {
    const [item] = this.#items.splice(0, 1);
    return item === undefined ? new Promise((resolve) => (this.#awaited = resolve)) : Promise.resolve(item);
  }
}

/** Plays the daemon's part of a transcript to a real host, and answers what the host, its pipe and its end said instead of theirs. */
export class Player {
  readonly #folder = temporaryFolder();
  readonly #command: readonly string[];
  readonly #connections = new Inbox<Socket>();
  readonly #frames = new Inbox<string>();
  readonly #records = new Inbox<string>();
  readonly #exits = new Inbox<number | string>();
  readonly #pipe = join(this.#folder, 'pipe');
  #writer = -1;
  #host: ChildProcess | undefined;
  #connection: Socket | undefined;

  constructor(command: readonly string[]) {
    this.#command = command;
  }

  async play(lines: readonly Line[]): Promise<Line[]> {
    const server = await this.#listen();
    onTestFinished(() => {
      server.close();
      this.#connection?.destroy();
      this.#host?.kill('SIGKILL');
    });
    const played: Line[] = [];
    for (const line of lines) played.push(await this.#step(line));
    return played;
  }

  async #step(line: Line): Promise<Line> {
    if ('starts' in line) this.#startHost();
    else if ('connects' in line) this.#connection = await this.#connections.next();
    else if ('signals' in line) process.kill(this.#host?.pid ?? 0, line.signals);
    else if ('exits' in line) return { ...line, exits: await this.#exits.next() };
    else if ('closes' in line) this.#connection?.destroy();
    else if (line.at === 'daemon') this.#connection?.write(line.text.replaceAll(RUNTIME_FOLDER, this.#folder));
    else if (line.at === 'pipe') return { at: 'pipe', text: await this.#records.next() };
    else return this.#said(await this.#frames.next());
    return line;
  }

  #said(text: string): Line {
    const plain = normalised(text, this.#folder);
    return { at: 'host', frame: JSON.parse(plain.slice(0, -FRAME_END.length)), text: plain };
  }

  #listen(): Promise<Server> {
    spawnSync('mkfifo', ['-m', '600', this.#pipe]);
    this.#writer = openSync(this.#pipe, constants.O_RDWR);
    const reader = spawn('cat', [this.#pipe], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void reader.kill());
    reader.stdout.setEncoding('utf8').on('data', (text: string) => this.#records.put(text));
    const server = createServer((socket) => this.#accept(socket));
    return new Promise((resolve) => server.listen(join(this.#folder, 'host.sock'), () => resolve(server)));
  }

  #accept(socket: Socket): void {
    let rest = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      const frames = (rest + text).split(FRAME_END);
      rest = frames.pop() ?? '';
      for (const frame of frames) this.#frames.put(`${frame}${FRAME_END}`);
    });
    socket.on('error', () => socket.destroy());
    this.#connections.put(socket);
  }

  #startHost(): void {
    const [program = '', ...args] = this.#command;
    const env = {
      ...process.env,
      ANDON_SOCKET: join(this.#folder, 'host.sock'),
      ANDON_HOST_ID: 'web',
      ANDON_TOKEN: TOKEN,
      ANDON_PROTOCOL: 'andon/1',
      ANDON_EVENT_HANDLE: this.#pipe,
      ANDON_EVENT_FD: '3',
    };
    const host = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'inherit', this.#writer] });
    host.once('exit', (code, signal) => this.#exits.put(code ?? signal ?? ''));
    this.#host = host;
  }
}
