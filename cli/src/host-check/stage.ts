import { randomBytes } from 'node:crypto';
import { closeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAX_SOCKET_PATH_BYTES, PROTOCOL, type Request } from '@andon/protocol';
import { EventPipe } from './event-pipe.ts';
import { HostProcess } from './host-process.ts';
import { Journal } from './journal.ts';
import type { Judge } from './judge.ts';
import { type Answer, Peer } from './peer.ts';
import { Violation } from './violation.ts';
import { Witness } from './witness.ts';

const HOST_ID = 'check';
const LONGEST_NAME_BYTES = 40;

/** What the person who runs the kit has said. */
export interface HostUnderCheck {
  readonly command: readonly string[];
  readonly type: string;
  /** Private properties; `{resource}` in a text stands for the resource's name. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** For a shell; null when it was not given. */
  readonly induceFailure: string | null;
  /** Is told of everything that happens, line by line. */
  readonly show: (line: string) => void;
}

/** What one host needs to live in, as a daemon would provide it: a folder, a pipe, a socket and an environment. Struck after each scenario. */
export class Stage {
  readonly journal: Journal;
  readonly judge: Judge;
  readonly witness: Witness;
  readonly underCheck: HostUnderCheck;
  readonly folder: string;
  readonly socketPath: string;
  readonly token = randomBytes(16).toString('hex');
  readonly pipes: EventPipe[] = [];
  readonly #hosts: HostProcess[] = [];
  /** Set by who plays the daemon. */
  onRequest: (request: Request) => Promise<Answer | null> = () => Promise.resolve(null);
  #server: Server | null = null;
  #peers: Peer[] = [];
  #taken = 0;

  private constructor(underCheck: HostUnderCheck, judge: Judge, folder: string) {
    this.underCheck = underCheck;
    this.judge = judge;
    this.folder = folder;
    this.journal = new Journal(underCheck.show);
    this.witness = new Witness(judge);
    this.socketPath = join(folder, 'host.sock');
  }

  static async set(underCheck: HostUnderCheck, judge: Judge): Promise<Stage> {
    const roomy = Buffer.byteLength(tmpdir()) + LONGEST_NAME_BYTES <= MAX_SOCKET_PATH_BYTES ? tmpdir() : '/tmp';
    const stage = new Stage(underCheck, judge, await mkdtemp(join(roomy, 'andon-check-')));
    await stage.makePipe(HOST_ID);
    await stage.listen();
    return stage;
  }

  /** The pipe of the host itself. */
  get pipe(): EventPipe {
    const [pipe] = this.pipes;
    if (!pipe) throw new Error('a stage has a pipe from its beginning');
    return pipe;
  }

  /** The host that was started last. */
  get host(): HostProcess {
    const host = this.#hosts.at(-1);
    if (!host) throw new Error('no host was started on this stage');
    return host;
  }

  get environment(): Readonly<Record<string, string>> {
    return {
      ANDON_SOCKET: this.socketPath,
      ANDON_HOST_ID: HOST_ID,
      ANDON_TOKEN: this.token,
      ANDON_PROTOCOL: PROTOCOL,
      ANDON_EVENT_HANDLE: this.pipe.path,
      ANDON_EVENT_FD: '3',
      ANDON_STATE_DIR: join(this.folder, 'state'),
    };
  }

  async makePipe(name: string): Promise<EventPipe> {
    const path = join(this.folder, name);
    const known = this.pipes.find((pipe) => pipe.path === path);
    if (known) return known;
    const pipe = await EventPipe.make(path, this.journal);
    this.pipes.push(pipe);
    this.witness.handles.add(path);
    return pipe;
  }

  /** `environment`: instead of what the daemon gives; descriptor 3 is given with the daemon's only. */
  async startHost(environment: Readonly<Record<string, string>> = this.environment): Promise<HostProcess> {
    const eventFd = 'ANDON_EVENT_FD' in environment ? this.pipe.openToInherit() : ('ignore' as const);
    try {
      const env = { ...surroundings(), ...environment };
      const start = { command: this.underCheck.command, env, eventFd, mark: this.socketPath };
      // What an earlier host on this stage connected is not this one's.
      this.#taken = this.#peers.length;
      const host = await HostProcess.start(start, this.journal);
      this.#hosts.push(host);
      return host;
    } finally {
      if (eventFd !== 'ignore') closeSync(eventFd);
    }
  }

  async listen(): Promise<void> {
    const server = createServer((socket) => {
      const { journal, judge, witness } = this;
      const onRequest = (request: Request): Promise<Answer | null> => this.onRequest(request);
      this.#peers.push(new Peer({ socket, connection: this.#peers.length + 1, journal, judge, witness, onRequest }));
    });
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.socketPath, resolve);
    });
  }

  /** The daemon is gone: no socket, and every connection ends without a goodbye. */
  async vanish(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    for (const peer of this.#peers) peer.cut();
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  /** The next connection that the host makes. `rule`: what it breaks when it makes none. */
  async connection(limitMs: number, rule: string): Promise<Peer> {
    const taken = this.#taken;
    const isIt = (): Peer | undefined => this.#peers[taken];
    const ended = (): 'ended' | undefined => (this.host.exit ? 'ended' : undefined);
    const peer = isIt() ?? (await this.journal.next(() => isIt() ?? ended(), limitMs, Math.max(0, this.journal.mark - 1)));
    if (peer === 'ended') throw new Violation(rule, `the host ended instead of connecting${this.lastWords()}`);
    if (peer === null) throw new Violation(rule, `no connection within ${limitMs} ms${this.lastWords()}`);
    this.#taken++;
    return peer;
  }

  /** How many connections there were so far. */
  get connections(): number {
    return this.#peers.length;
  }

  /** Nothing of it is left: no process, no file. Answers whether the hosts ended when they were asked to. */
  async strike(patienceMs: number): Promise<boolean> {
    let obeyed = true;
    for (const host of this.#hosts) obeyed = (await host.end(patienceMs)) && obeyed;
    await this.vanish();
    for (const pipe of this.pipes) pipe.close();
    await rm(this.folder, { recursive: true, force: true });
    return obeyed;
  }

  /** What the host said at the end, to stand behind a sentence. */
  lastWords(): string {
    const tail = this.host.stderrTail();
    return tail === '' ? '' : `; its standard error ends with:\n${tail}`;
  }
}

/** A host finds what the kit found, but nothing of another andon. */
function surroundings(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ANDON_')));
}
