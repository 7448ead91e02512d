import { join } from 'node:path';
import {
  AndonError,
  CONTROL,
  ControlPart,
  Request,
  type AndonEvent,
  type ControlMethod,
  type ControlParams,
  type ControlResult,
  type EventKind,
  type HostStatus,
  type ResourceStatus,
} from '@andon/protocol';
import { type Connection, type FrameServer, serveFrames } from '@andon/protocol/node';

type Answer<M extends ControlMethod> = (params: ControlParams<M>) => ControlResult<M>;
export type Answers = { [M in ControlMethod]?: Answer<M> };

const RequestFrame = Request.extend({
  params: Request.shape.params.optional(),
  part: ControlPart.shape.part.optional(),
  more: ControlPart.shape.more.optional(),
});

/** Speaks the control protocol as a test tells it to: the cli is tested here, and not the daemon. */
export class FakeDaemon {
  readonly runtimeDir: string;
  /** Every request so far. */
  readonly requests: { readonly method: string; readonly params: unknown }[] = [];
  readonly answers: Answers;
  readonly #connections = new Set<Connection>();
  #server: FrameServer | undefined;
  #seq = 0;
  #expected: { readonly method: string; resolve(): void }[] = [];

  private constructor(runtimeDir: string, answers: Answers) {
    this.runtimeDir = runtimeDir;
    this.answers = {
      ping: () => ({ pid: process.pid, version: '0.1.0' }),
      follow: () => ({ seq: this.#seq }),
      ...answers,
    };
  }

  static async start(runtimeDir: string, answers: Answers): Promise<FakeDaemon> {
    const daemon = new FakeDaemon(runtimeDir, answers);
    daemon.#server = await serveFrames({
      path: join(runtimeDir, 'control.sock'),
      mode: 0o600,
      accept: (connection) => daemon.#accept(connection),
      onTrouble: (error) => {
        throw error;
      },
    });
    return daemon;
  }

  stop(): void {
    this.#server?.close();
    this.#server = undefined;
  }

  /** Ends every connection, as a daemon that is killed does. */
  disconnectAll(): void {
    for (const connection of this.#connections) connection.destroy();
  }

  emit(kind: EventKind, fields: Readonly<Record<string, unknown>> = {}): AndonEvent {
    const event = this.event(kind, fields);
    this.notify('event', event);
    return event;
  }

  notify(method: 'event' | 'gap', params: Readonly<Record<string, unknown>>): void {
    for (const connection of this.#connections) connection.send('notify', { method, params });
  }

  event(kind: EventKind, fields: Readonly<Record<string, unknown>> = {}): AndonEvent {
    const seq = ++this.#seq;
    const at = new Date(Date.UTC(2026, 10, 22, 12, 0, 0, seq)).toISOString();
    return { seq, at, monotonicUs: seq * 40, kind, resource: null, host: null, incarnation: null, ...fields };
  }

  /** Waits for the next request of that method. */
  received(method: ControlMethod): Promise<void> {
    return new Promise((resolve) => this.#expected.push({ method, resolve }));
  }

  sent(method: ControlMethod): readonly unknown[] {
    return this.requests.filter((request) => request.method === method).map(({ params }) => params);
  }

  #accept(connection: Connection): { onFrame(type: string, data: unknown): void; onClosed(): void } {
    this.#connections.add(connection);
    const parts: string[] = [];
    return {
      onFrame: (_type, data) => {
        const { id, method, params, part, more } = RequestFrame.parse(data);
        if (part !== undefined) parts.push(part);
        if (more) return;
        if (!isMethod(method)) throw new Error(`there is no request ${method}`);
        this.#answer(connection, id, method, part === undefined ? params : JSON.parse(parts.join('')));
      },
      onClosed: () => this.#connections.delete(connection),
    };
  }

  /** Both directions are held against the contract, so that a test cannot pass on what no daemon would take or say. */
  #answer(connection: Connection, id: string, method: ControlMethod, raw: unknown): void {
    const params: unknown = CONTROL[method].params.parse(raw);
    this.requests.push({ method, params: raw });
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- parsed by the schema of this very method
    const answer = this.answers[method] as ((params: unknown) => unknown) | undefined;
    try {
      if (!answer) throw new AndonError('internal', { detail: `the test does not answer ${method}` });
      this.#reply(connection, id, CONTROL[method].result.parse(answer(params)));
    } catch (error) {
      if (!(error instanceof AndonError)) throw error;
      const { code, message, remedy, exit } = error;
      connection.send('response', { id, ok: false, error: { code, message, remedy, exit } });
    }
    for (const expected of this.#expected) if (expected.method === method) expected.resolve();
    this.#expected = this.#expected.filter((expected) => expected.method !== method);
  }

  #reply(connection: Connection, id: string, result: unknown): void {
    const text = JSON.stringify(result);
    const length = 256 * 1024;
    if (text.length <= length) return connection.send('response', { id, ok: true, result });
    for (let at = 0; at < text.length; at += length) {
      connection.send('response', {
        id,
        ok: true,
        part: text.slice(at, at + length),
        more: at + length < text.length,
      });
    }
  }
}

function isMethod(text: string): text is ControlMethod {
  return Object.hasOwn(CONTROL, text);
}

export function resourceStatus(name: string, change: Partial<ResourceStatus> = {}): ResourceStatus {
  return {
    name,
    type: 'worker',
    group: null,
    state: 'Online',
    wanted: 'Online',
    contract: 'event',
    incarnation: 1,
    host: 'worker',
    restarts: 0,
    statusText: '',
    lastFailure: null,
    phase: 'online',
    nextAttemptAt: null,
    settled: true,
    hostTrouble: null,
    waitingFor: [],
    dependsOn: '',
    polls: null,
    data1: null,
    data2: null,
    monitorProcessId: 4711,
    ...change,
  };
}

export function hostStatus(id: string, change: Partial<HostStatus> = {}): HostStatus {
  return {
    id,
    pid: null,
    state: 'up',
    types: [id],
    user: null,
    startedAt: null,
    deaths: 0,
    resources: 1,
    nextStartAt: null,
    trouble: null,
    records: { received: 0, unknown: 0, stale: 0, duplicate: 0, malformed: 0, unterminated: 0, floods: 0 },
    ...change,
  };
}

export function statusDocument(
  resources: readonly ResourceStatus[],
  change: Partial<ControlResult<'status'>> = {},
): ControlResult<'status'> {
  return {
    daemon: {
      version: '0.1.0',
      pid: process.pid,
      epoch: 1,
      startedAt: '2026-11-22T12:00:00.000Z',
      scope: 'custom',
      runtimeDir: '/run/x',
      stateDir: '/var/lib/x',
      seq: 1,
      serviceManager: null,
      trouble: null,
      configurationTrouble: null,
    },
    hosts: [],
    groups: [],
    resources: [...resources],
    ...change,
  };
}
