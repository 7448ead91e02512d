import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  FailureRecordParser,
  type FailureRecord,
  Hello,
  HostedResource,
  Notify,
  Request,
  Response,
  failureRecordOf,
  operationId,
} from '@andon/protocol';
import { type Connection, type FrameServer, serveFrames } from '@andon/protocol/node';
import { z } from 'zod';
import { endApplicationsOf } from '../../support/leftovers.ts';
import { killApplicationsIn } from './applications.ts';
import { Mailbox } from './mailbox.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const NODE = join(ROOT, 'node_modules/.bin/node');
const HOST_BIN = join(ROOT, 'resource-host/bin/andon-resource-host.js');
export const TOKEN = '0123456789abcdef0123456789abcdef';

export interface HostRun {
  readonly process: ChildProcess;
  /** Exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals | null>;
}

export interface PlayerOptions {
  readonly orphanPeriodMs?: number;
}

/** Plays the daemon to real host processes: a real socket, a real named pipe, real frames. */
export class DaemonPlayer {
  readonly directory = mkdtempSync(join(tmpdir(), 'andon-host-test-'));
  readonly stateDirectory = join(this.directory, 'state');
  readonly eventHandle = join(this.directory, 'ev');
  readonly hellos = new Mailbox<Hello>('hello');
  readonly announced = new Mailbox<HostedResource[]>('resources');
  readonly responses = new Mailbox<Response>('response');
  readonly requests = new Mailbox<Request>('request of the host');
  readonly notifications = new Mailbox<Notify>('notification');
  readonly records = new Mailbox<FailureRecord>('failure record');
  /** How status reports are answered; null = not at all. */
  reportAnswer: 'continue' | 'terminate' | null = 'continue';
  /** What a hello is answered; undefined = nothing at all. */
  greet: (hello: Hello) => { readonly type: string; readonly data: unknown } | undefined;
  readonly #socketPath = join(this.directory, 's');
  readonly #hosts: HostRun[] = [];
  #epoch = 0;
  #lastId = 0;
  #server: FrameServer | undefined;
  #connection: Connection | undefined;
  #pipe: Socket | undefined;

  constructor(options: PlayerOptions = {}) {
    execFileSync('mkfifo', ['-m', '600', this.eventHandle]);
    this.greet = () => ({
      type: 'welcome',
      data: {
        protocol: 'andon/1',
        epoch: this.#epoch,
        eventHandle: this.eventHandle,
        limits: {
          maxFrame: 1_048_576,
          maxRecord: 512,
          maxInFlight: 64,
          orphanPeriodMs: options.orphanPeriodMs ?? 600_000,
        },
        capabilities: {},
      },
    });
  }

  /** Listens. May be called again after `stop`: that is the next daemon. */
  async serve(): Promise<this> {
    this.#epoch++;
    this.#server = await serveFrames({
      path: this.#socketPath,
      mode: 0o600,
      accept: (connection) => ({
        onFrame: (type, data) => this.#onFrame(connection, type, data),
        onClosed: () => {
          if (this.#connection === connection) this.#connection = undefined;
        },
      }),
      // A host that is killed with frames unread resets its connection.
      onTrouble: () => {},
    });
    return this;
  }

  /** The daemon dies: every connection breaks, nothing listens. */
  stop(): void {
    this.#server?.close();
    this.#server = undefined;
    this.#connection = undefined;
  }

  /** Breaks the connection; the daemon lives. */
  disconnect(): void {
    this.#connection?.destroy();
    this.#connection = undefined;
  }

  /** Reads the event handle into `records`; `tolerant` skips lines that are no records. */
  readPipe({ tolerant = false } = {}): void {
    const fd = openSync(this.eventHandle, constants.O_RDWR | constants.O_NONBLOCK);
    const parser = new FailureRecordParser();
    this.#pipe = new Socket({ fd, readable: true, writable: false });
    this.#pipe.on('data', (bytes) => {
      if (typeof bytes === 'string') throw new Error('no encoding was set');
      parser.push(bytes, (record) => {
        if (record.kind === 'record') this.records.push(record);
        else if (!tolerant) throw new Error(`malformed record: ${JSON.stringify(record)}`);
      });
    });
  }

  /** Starts a host process as the daemon would; `source` is a module or `--builtin`. */
  startHost(source: string, env: Record<string, string> = {}): HostRun {
    const fd3 = openSync(this.eventHandle, constants.O_RDWR);
    const log = openSync(join(this.directory, 'host.log'), 'a');
    const child = spawn(NODE, [HOST_BIN, source], {
      env: {
        PATH: process.env['PATH'],
        HOME: '/tmp',
        ANDON_SOCKET: this.#socketPath,
        ANDON_HOST_ID: 'host-1',
        ANDON_TOKEN: TOKEN,
        ANDON_PROTOCOL: 'andon/1',
        ANDON_EVENT_HANDLE: this.eventHandle,
        ANDON_EVENT_FD: '3',
        ANDON_STATE_DIR: this.stateDirectory,
        ...env,
      },
      stdio: ['ignore', log, log, fd3],
    });
    closeSync(fd3);
    closeSync(log);
    const exited = once(child, 'exit').then(([code, signal]: unknown[]) =>
      z.union([z.number(), z.custom<NodeJS.Signals>()]).parse(code ?? signal),
    );
    const run = { process: child, exited };
    this.#hosts.push(run);
    return run;
  }

  hostLog(): string {
    return readFileSync(join(this.directory, 'host.log'), 'utf8');
  }

  send(type: string, data: unknown): void {
    if (!this.#connection) throw new Error('no host is connected');
    this.#connection.send(type, data);
  }

  /** Sends a request; its answer arrives in `responses`. */
  post(method: string, params: unknown, id = `${this.#epoch}-${++this.#lastId}`): string {
    this.send('request', { id, method, params });
    return id;
  }

  answer(id: string): Promise<Response> {
    return this.responses.take((response) => response.id === id);
  }

  call(method: string, params: unknown, id?: string): Promise<Response> {
    return this.answer(this.post(method, params, id));
  }

  /** The result of a call that must succeed. */
  async result(method: string, params: unknown, id?: string): Promise<unknown> {
    return resultOf(await this.call(method, params, id));
  }

  open(resourceId: string, type: string, properties: unknown = {}, recover = false): Promise<unknown> {
    return this.result('open', { resourceId, type, properties, recover });
  }

  online(resourceId: string, incarnation: number, properties: unknown = {}): Promise<Response> {
    return this.call('online', this.onlineParams(resourceId, incarnation, properties), operationId(resourceId, incarnation, 'online'));
  }

  onlineParams(resourceId: string, incarnation: number, properties: unknown = {}): object {
    const failureRecord = failureRecordOf(resourceId, incarnation);
    return { resourceId, incarnation, properties, eventHandle: this.eventHandle, failureRecord };
  }

  offline(resourceId: string, incarnation: number): Promise<Response> {
    return this.call('offline', { resourceId, incarnation, cause: 'test' }, operationId(resourceId, incarnation, 'offline'));
  }

  terminate(resourceId: string, incarnation: number): Promise<Response> {
    const params = { resourceId, incarnation, cause: 'test', reason: 'the test wants it' };
    return this.call('terminate', params, operationId(resourceId, incarnation, 'terminate'));
  }

  /** Online, waited for to its end: on a slow machine any of them may pend. The contract, or the final report. */
  async onlineAtLast(resourceId: string, incarnation: number, properties: unknown): Promise<unknown> {
    const answer = await this.online(resourceId, incarnation, properties);
    return isPending(answer) ? this.statusReport('online') : resultOf(answer);
  }

  /** Why an online failed, at once or after it pended. */
  async onlineFailure(resourceId: string, incarnation: number, properties: unknown): Promise<unknown> {
    const answer = await this.online(resourceId, incarnation, properties);
    return answer.ok ? (await this.statusReport('failed'))['text'] : answer.error.message;
  }

  async offlineAtLast(resourceId: string, incarnation: number): Promise<unknown> {
    const answer = await this.offline(resourceId, incarnation);
    return isPending(answer) ? this.statusReport('offline') : resultOf(answer);
  }

  /** Next status report of the host that is of this state. */
  async statusReport(state: string): Promise<Record<string, unknown>> {
    const ofState = (request: Request): boolean =>
      request.method === 'statusReport' && z.looseObject({ state: z.string() }).parse(request.params).state === state;
    return z.record(z.string(), z.unknown()).parse((await this.requests.take(ofState)).params);
  }

  async dispose(): Promise<void> {
    this.stop();
    this.#pipe?.destroy();
    for (const host of this.#hosts) {
      if (host.process.exitCode === null && host.process.signalCode === null) host.process.kill('SIGKILL');
      await host.exited;
    }
    // Applications outlive their host, and are found by their folder.
    killApplicationsIn(this.directory);
    endApplicationsOf(this.stateDirectory);
    rmSync(this.directory, { recursive: true, force: true });
  }

  #onFrame(connection: Connection, type: string, data: unknown): void {
    switch (type) {
      case 'hello':
        this.#onHello(connection, Hello.parse(data));
        break;
      case 'response':
        this.responses.push(Response.parse(data));
        break;
      case 'notify':
        this.#onNotify(Notify.parse(data));
        break;
      case 'request':
        this.#onRequest(connection, Request.parse(data));
        break;
      default:
        throw new Error(`a host sent a ${type} frame`);
    }
  }

  #onHello(connection: Connection, hello: Hello): void {
    this.#connection = connection;
    const answer = this.greet(hello);
    if (answer) connection.send(answer.type, answer.data);
    this.hellos.push(hello);
  }

  #onNotify(notify: Notify): void {
    if (notify.method !== 'resources') this.notifications.push(notify);
    else this.announced.push(z.object({ resources: z.array(HostedResource) }).parse(notify.params).resources);
  }

  #onRequest(connection: Connection, request: Request): void {
    this.requests.push(request);
    if (request.method === 'statusReport' && this.reportAnswer === null) return;
    const result = request.method === 'statusReport' ? { answer: this.reportAnswer } : {};
    connection.send('response', { id: request.id, ok: true, result });
  }
}

function resultOf(response: Response): unknown {
  if (!response.ok) throw new Error(`${response.id}: ${response.error.code}: ${response.error.message}`);
  return response.result;
}

function isPending(response: Response): boolean {
  return response.ok && z.looseObject({ pending: z.boolean().default(false) }).parse(response.result).pending;
}
