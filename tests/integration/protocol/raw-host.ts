import { existsSync, readFileSync, watch } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { TypeName } from '@andon/protocol';
import { z } from 'zod';
import type { TestDaemon } from '../../support/daemon.ts';
import { rawSocket } from './frames.ts';

const Given = z.object({ ANDON_SOCKET: z.string(), ANDON_HOST_ID: z.string(), ANDON_TOKEN: z.string(), pid: z.int() }).loose();
/** What a host process found when it began. */
export type Given = z.infer<typeof Given>;

const Data = z
  .object({
    id: z.string(),
    method: z.string(),
    params: z.record(z.string(), z.unknown()),
    ok: z.boolean(),
    code: z.string(),
    result: z.unknown(),
    error: z.object({ code: z.string(), message: z.string() }),
    protocol: z.string(),
    supported: z.array(z.string()),
  })
  .partial()
  .loose();
const Frame = z.object({ type: z.string(), data: Data });
type Frame = z.infer<typeof Frame>;

/** Registers a type whose host only writes down what it was given, and wants a resource of it online: the test speaks for the host. `properties`: common ones of the resource. */
export async function hostThatTheTestSpeaksFor(daemon: TestDaemon, name: string, properties: object = {}): Promise<Given> {
  const path = join(daemon.folder, `${name}.given`);
  const script = `
    const { existsSync, lstatSync, renameSync, writeFileSync } = require('node:fs');
    const handle = process.env.ANDON_EVENT_HANDLE;
    const isPipe = existsSync(handle) && lstatSync(handle).isFIFO();
    writeFileSync(process.argv[1] + '.new', JSON.stringify({ ...process.env, pid: process.pid, isPipe }));
    renameSync(process.argv[1] + '.new', process.argv[1]);
    setInterval(() => {}, 60_000);`;
  const type = { name: TypeName.parse(name), command: [process.execPath, '-e', script, path] };
  const appeared = fileAt(daemon.folder, path);
  await daemon.client.request('typeRegister', { type });
  await daemon.client.request('resourceAdd', { resource: { name, type: type.name, properties } });
  await daemon.client.request('online', { names: [name] });
  await appeared;
  return Given.parse(JSON.parse(readFileSync(path, 'utf8')));
}

function fileAt(folder: string, path: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(folder, () => {
      if (!existsSync(path)) return;
      watcher.close();
      resolve();
    });
  });
}

/** One connection of a host, frame by frame. */
export class HostTalk {
  readonly frames: Frame[] = [];
  readonly #socket: Socket;
  readonly #given: Given;
  #onChange: () => void = () => {};
  #taken = 0;
  isClosed = false;

  private constructor(socket: Socket, given: Given) {
    this.#socket = socket;
    this.#given = given;
    let held = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      const parts = (held + text).split('\f');
      held = parts.pop() ?? '';
      this.frames.push(...parts.map((part) => Frame.parse(JSON.parse(part))));
      this.#onChange();
    });
    socket.on('close', () => {
      this.isClosed = true;
      this.#onChange();
    });
  }

  static async connect(given: Given): Promise<HostTalk> {
    return new HostTalk(await rawSocket(given.ANDON_SOCKET), given);
  }

  hello(more: object = {}): void {
    const { ANDON_TOKEN: token, ANDON_HOST_ID: hostId, pid } = this.#given;
    this.send('hello', { protocols: ['andon/1'], token, hostId, pid, capabilities: {}, resources: [], ...more });
  }

  send(type: string, data: unknown): void {
    this.#socket.write(`${JSON.stringify({ type, data })}\f`);
  }

  answer(request: Frame, result: object = {}): void {
    this.send('response', { id: request.data.id, ok: true, result });
  }

  /** The next frame of this type that nobody has taken; those before it are passed over. */
  async next(type: string, fits: (data: Frame['data']) => boolean = () => true): Promise<Frame> {
    for (;;) {
      const at = this.frames.findIndex((frame, index) => index >= this.#taken && frame.type === type && fits(frame.data));
      const frame = this.frames[at];
      if (frame) {
        this.#taken = at + 1;
        return frame;
      }
      if (this.isClosed) throw new Error(`the daemon closed the connection; it had sent ${JSON.stringify(this.frames)}`);
      await new Promise<void>((resolve) => (this.#onChange = resolve));
    }
  }

  call(method: string): Promise<Frame> {
    return this.next('request', (data) => data.method === method);
  }

  async closed(): Promise<void> {
    while (!this.isClosed) await new Promise<void>((resolve) => (this.#onChange = resolve));
  }

  /** Says hello and answers until the resource is online. */
  async comesOnline(result: object = { contract: 'poll', looksAliveMs: 60_000, isAliveMs: 60_000 }): Promise<void> {
    this.hello();
    const startup = await this.call('startup');
    this.answer(startup, { resourceTypes: startup.data.params?.['types'] });
    this.answer(await this.call('open'));
    this.answer(await this.call('online'), result);
  }
}
