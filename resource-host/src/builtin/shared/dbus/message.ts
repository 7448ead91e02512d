import { listOf, textOf, type Value, ValueReader, ValueWriter } from './values.ts';

const LITTLE = 0x6c;
const FIXED_BYTES = 16;
/** Limit of the specification. */
const MOST_BYTES = 128 * 1024 * 1024;

/** Codes of the header. Source: D-Bus specification, message format. */
const FIELD = { path: 1, interface: 2, member: 3, error: 4, replySerial: 5, destination: 6, signature: 8 } as const;
const KIND = { call: 1, answer: 2, error: 3, signal: 4 } as const;

export interface Call {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly signature?: string;
  readonly values?: readonly (string | number)[];
}

export interface Message {
  readonly kind: keyof typeof KIND | 'unknown';
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  /** Name of the error that it is. */
  readonly error: string;
  /** Of the call that it answers. */
  readonly replySerial: number;
  readonly body: readonly Value[];
}

export function callBytes(serial: number, { destination, path, interface: name, member, signature = '', values = [] }: Call): Buffer {
  const body = new ValueWriter().write(signature, values).bytes;
  const fields = new ValueWriter();
  const add = (code: number, type: string, value: string): void =>
    void fields.align(8).write('y', [code]).write('g', [type]).write(type, [value]);
  add(FIELD.path, 'o', path);
  add(FIELD.interface, 's', name);
  add(FIELD.member, 's', member);
  add(FIELD.destination, 's', destination);
  if (signature !== '') add(FIELD.signature, 'g', signature);
  const head = new ValueWriter().write('yyyyuuu', [LITTLE, KIND.call, 0, 1, body.length, serial, fields.bytes.length]).bytes;
  const header = Buffer.concat([head, fields.bytes]);
  return Buffer.concat([header, Buffer.alloc((8 - (header.length % 8)) % 8), body]);
}

/** How long the message at the beginning is; undefined when not even that can be told yet. */
export function lengthOf(bytes: Buffer): number | undefined {
  if (bytes.length < FIXED_BYTES) return undefined;
  const isLittle = bytes[0] === LITTLE;
  const read = (at: number): number => (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const length = FIXED_BYTES + Math.ceil(read(12) / 8) * 8 + read(4);
  if (length > MOST_BYTES) throw new RangeError(`D-Bus: a message of ${length} bytes`);
  return length;
}

/** Reads one whole message. Throws when it is none. */
export function readMessage(bytes: Buffer): Message {
  const isLittle = bytes[0] === LITTLE;
  const [fields] = new ValueReader(bytes, isLittle, 12).read('a(yv)');
  const header = new Map(listOf(fields).map((field) => [listOf(field)[0], listOf(field)[1]]));
  const text = (code: number): string => textOf(header.get(code));
  const bodyLength = isLittle ? bytes.readUInt32LE(4) : bytes.readUInt32BE(4);
  const kind = Object.entries(KIND).find(([, code]) => code === bytes[1])?.[0];
  return {
    kind: kind === 'call' || kind === 'answer' || kind === 'error' || kind === 'signal' ? kind : 'unknown',
    path: text(FIELD.path),
    interface: text(FIELD.interface),
    member: text(FIELD.member),
    error: text(FIELD.error),
    replySerial: Number(header.get(FIELD.replySerial) ?? 0),
    body: new ValueReader(bytes.subarray(bytes.length - bodyLength), isLittle).read(text(FIELD.signature)),
  };
}
