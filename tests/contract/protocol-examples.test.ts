import { CONTROL, CONTROL_NOTIFICATIONS, ControlError, ENTRY_POINTS, FRAMES, HOST_REQUESTS, NOTIFICATIONS } from '@andon/protocol';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { exampleFrames } from './protocol-text.ts';

const HOST_SOCKET = { exchanges: { ...ENTRY_POINTS, ...HOST_REQUESTS }, notifications: NOTIFICATIONS };
const CONTROL_SOCKET = { exchanges: CONTROL, notifications: CONTROL_NOTIFICATIONS };

interface Exchange {
  readonly params: z.ZodType;
  readonly result: z.ZodType;
}
const Envelope = z.object({
  type: z.enum(['hello', 'welcome', 'goodbye', 'request', 'response', 'notify']),
  data: z.unknown(),
});
const ControlFailure = z.object({ id: z.string(), ok: z.literal(false), error: ControlError });

/** Reads a transcript of one socket and gives every schema the part of it that it is for; throws at the first misfit. */
class Transcript {
  readonly #asked = new Map<string, Exchange>();
  readonly methods = new Set<string>();
  readonly #control: boolean;

  constructor(control: boolean) {
    this.#control = control;
  }

  read(line: string): void {
    const { type, data } = Envelope.parse(JSON.parse(line));
    if (type === 'request') this.#request(FRAMES.request.parse(data));
    else if (type === 'response') this.#response(data);
    else if (type === 'notify') this.#notify(FRAMES.notify.parse(data));
    else FRAMES[type].parse(data);
  }

  #request({ id, method, params }: z.infer<typeof FRAMES.request>): void {
    const exchange = this.#known<Exchange>((this.#control ? CONTROL_SOCKET : HOST_SOCKET).exchanges, method);
    exchange.params.parse(params);
    this.#asked.set(id, exchange);
  }

  #response(data: unknown): void {
    const response = FRAMES.response.parse(data);
    const asked = this.#asked.get(response.id);
    if (!asked) throw new Error(`nothing was asked as ${response.id}`);
    if (response.ok) asked.result.parse(response.result);
    else if (this.#control) ControlFailure.parse(data);
  }

  #notify({ method, params }: z.infer<typeof FRAMES.notify>): void {
    this.#known<z.ZodType>((this.#control ? CONTROL_SOCKET : HOST_SOCKET).notifications, method).parse(params);
  }

  #known<Entry>(entries: Readonly<Record<string, Entry>>, method: string): Entry {
    const entry = entries[method];
    if (!entry) throw new Error(`there is no method ${method}`);
    this.methods.add(method);
    return entry;
  }
}

describe('the examples of PROTOCOL.md', () => {
  const hostSocket = new Transcript(false);
  const controlSocket = new Transcript(true);

  test.each(exampleFrames())('$line', ({ control, line }) => {
    (control ? controlSocket : hostSocket).read(line);
  });

  test('show every call, every request of a host and every notification', () => {
    const wanted = [...Object.keys(HOST_SOCKET.exchanges), ...Object.keys(NOTIFICATIONS)];
    expect(wanted.filter((method) => !hostSocket.methods.has(method))).toEqual([]);
  });

  test.each([
    '{"type":"request","data":{"id":"1","method":"levitate","params":{}}}',
    '{"type":"request","data":{"id":"1","method":"online","params":{}}}',
    '{"type":"response","data":{"id":"unasked","ok":true,"result":{}}}',
    '{"type":"notify","data":{"method":"failed","params":{}}}',
    '{"type":"shout","data":{}}',
  ])('would not pass as %s', (line) => {
    expect(() => new Transcript(false).read(line)).toThrow();
  });
});
