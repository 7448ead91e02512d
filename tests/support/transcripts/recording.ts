import { existsSync, readFileSync, watch } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { TypeName } from '@andon/protocol';
import { EVENT_LIMIT_MS } from '../control-client.ts';
import { TestDaemon } from '../daemon.ts';
import { type Frame, type Line, normalised, parseTranscript } from './transcript.ts';

const PROXY = join(import.meta.dirname, 'recording-proxy.ts');
const ROOT = join(import.meta.dirname, '../../..');
/** The command line of the host of the transcripts. */
export const RECORDED_HOST = [
  process.execPath,
  join(ROOT, 'resource-host/bin/andon-resource-host.js'),
  join(ROOT, 'tests/fixtures/hosts/recorded-host.ts'),
];

/** What the resource is to do after a failure. */
export interface RestartPolicy {
  readonly RestartAction?: 'RestartNoNotify';
  readonly RestartDelay?: number;
}

/** A real daemon and a real host, with the proxy between them that writes down what they say. */
export class Recording {
  readonly daemon: TestDaemon;

  private constructor(daemon: TestDaemon) {
    this.daemon = daemon;
  }

  /** Registers the type `web`, whose host runs behind the proxy. */
  static async start(properties: Record<string, unknown> = {}): Promise<Recording> {
    const recording = new Recording(await TestDaemon.start());
    const command = [process.execPath, '--conditions=andon-src', PROXY, recording.#journal, ...RECORDED_HOST];
    await recording.daemon.client.request('typeRegister', { type: { name: TypeName.parse('web'), command, properties } });
    return recording;
  }

  get #journal(): string {
    return join(this.daemon.folder, 'journal');
  }

  /** What was said so far, without what differs from one recording to the next. */
  get lines(): Line[] {
    if (!existsSync(this.#journal)) return [];
    const whole = readFileSync(this.#journal, 'utf8').split('\n').slice(0, -1).join('\n');
    return parseTranscript(normalised(whole, join(this.daemon.folder, 'run')));
  }

  /** Adds the resource `web-1`, which is not restarted unless the properties say so. */
  async add(set: Record<string, string | number> = {}, properties: RestartPolicy = {}): Promise<void> {
    const all = { RestartAction: 'DontRestart' as const, ...properties };
    await this.daemon.client.request('resourceAdd', { resource: { name: 'web-1', type: 'web', set, properties: all } });
  }

  /** Asks for the resource online; the frames tell when it is. */
  async online(): Promise<void> {
    await this.daemon.client.request('online', { names: ['web-1'] });
  }

  /** Resolves once `count` recorded lines fit. */
  recorded(what: string, fits: (line: Line) => boolean, count = 1): Promise<void> {
    return new Promise((resolve, reject) => {
      const watcher = watch(this.daemon.folder, () => look());
      const late = setTimeout(() => {
        watcher.close();
        const said = this.lines.map((line) => JSON.stringify(line)).join('\n');
        reject(new Error(`not recorded within ${EVENT_LIMIT_MS} ms: ${what}, ${count} times; there is\n${said}`));
      }, EVENT_LIMIT_MS);
      const look = (): void => {
        if (this.lines.filter(fits).length < count) return;
        watcher.close();
        clearTimeout(late);
        resolve();
      };
      look();
    });
  }

  /** Resolves once the answer to a request whose id ends so was recorded, whoever asked. */
  answered(id: string, count = 1): Promise<void> {
    return this.recorded(`answer to ${id}`, (line) => isAnswer(line, id), count);
  }

  /** Resolves once `count` requests or notifications of this method were recorded. */
  called(method: string, count = 1): Promise<void> {
    return this.recorded(method, (line) => frameOf(line)?.data.method === method, count);
  }

  /** Makes the resources of the host go on. */
  signal(): Promise<void> {
    return this.#direct('signal SIGUSR2');
  }

  /** Breaks the connection between daemon and host. */
  cut(): Promise<void> {
    return this.#direct('cut');
  }

  /** Sends the host a request that this daemon would not send. */
  async ask(id: string, method: string, params: object): Promise<void> {
    const earlier = this.lines.filter((line) => isAnswer(line, id)).length;
    await this.#direct(`add ${JSON.stringify({ type: 'request', data: { id, method, params, deadlineMs: 30_000 } })}`);
    await this.answered(id, earlier + 1);
  }

  #direct(wish: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect(`${this.#journal}.director`);
      socket.on('error', reject);
      createInterface({ input: socket }).on('line', () => {
        socket.destroy();
        resolve();
      });
      socket.write(`${wish}\n`);
    });
  }
}

export function frameOf(line: Line): Frame | undefined {
  return 'frame' in line ? line.frame : undefined;
}

function isAnswer(line: Line, idEnd: string): boolean {
  const frame = frameOf(line);
  return frame?.type === 'response' && frame.data.id?.endsWith(idEnd) === true;
}
