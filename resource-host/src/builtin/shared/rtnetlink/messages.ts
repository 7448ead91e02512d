/** Numbers and layouts of rtnetlink(7) and netlink(7), as in linux/netlink.h, linux/rtnetlink.h, linux/if_link.h and linux/if_addr.h. All in the byte order of the machine. */
const HEADER_BYTES = 16;
const LINK_BYTES = 16;
const ADDRESS_BYTES = 8;
const ATTRIBUTE_BYTES = 4;

export const DONE = 3;
export const GET_LINK = 18;
export const GET_ADDRESS = 22;
const NEW_LINK = 16;
const NEW_ADDRESS = 20;
const REQUEST_DUMP = 0x301;
const PART_OF_DUMP = 0x2;

const NAME = 3;
const ADDRESS = 1;
const LOCAL = 2;
const ADDRESS_FLAGS = 8;

const IS_UP = 0x1;
const HAS_CARRIER = 0x1_0000;
const DUPLICATE = 0x08;
const TENTATIVE = 0x40;
const IPV4 = 2;

export interface Link {
  readonly kind: 'link';
  readonly index: number;
  readonly name: string;
  readonly isUp: boolean;
  readonly hasCarrier: boolean;
}

export interface Address {
  readonly kind: 'address';
  readonly link: number;
  /** `192.0.2.10`, or the eight groups of IPv6 without abbreviation. */
  readonly address: string;
  readonly prefix: number;
  /** IPv6: whether anybody else has it is still being asked. */
  readonly isTentative: boolean;
  /** IPv6: somebody else has it. */
  readonly isDuplicate: boolean;
}

export interface Message {
  readonly type: number;
  /** Of the request that led to it, which for news is somebody else's. */
  readonly sequence: number;
  /** Part of the answer to a dump. */
  readonly isAnswer: boolean;
  readonly content: Link | Address | undefined;
}

/** Asks for all links, or all addresses. */
export function dumpRequest(type: typeof GET_LINK | typeof GET_ADDRESS, sequence: number): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES + (type === GET_LINK ? LINK_BYTES : ADDRESS_BYTES));
  const view = viewOf(bytes);
  view.setUint32(0, bytes.length, LITTLE);
  view.setUint16(4, type, LITTLE);
  view.setUint16(6, REQUEST_DUMP, LITTLE);
  view.setUint32(8, sequence, LITTLE);
  return bytes;
}

/** Every whole message of one datagram. */
export function parseMessages(bytes: Buffer): Message[] {
  const messages: Message[] = [];
  for (let at = 0; at + HEADER_BYTES <= bytes.length;) {
    const header = viewOf(bytes.subarray(at));
    const length = header.getUint32(0, LITTLE);
    if (length < HEADER_BYTES || at + length > bytes.length) break;
    const type = header.getUint16(4, LITTLE);
    const payload = bytes.subarray(at + HEADER_BYTES, at + length);
    const isAnswer = (header.getUint16(6, LITTLE) & PART_OF_DUMP) !== 0;
    messages.push({ type, sequence: header.getUint32(8, LITTLE), isAnswer, content: contentOf(type, payload) });
    at += aligned(length);
  }
  return messages;
}

/** The same text for every way to write an address; undefined when it is none. */
export function canonicalAddress(text: string): string | undefined {
  if (/^\d+(\.\d+){3}$/.test(text))
    return text.split('.').every((part) => Number(part) < 256) ? text.split('.').map(Number).join('.') : undefined;
  const url = URL.parse(`http://[${text}]/`);
  return url ? expanded(url.hostname.slice(1, -1)) : undefined;
}

function contentOf(type: number, payload: Buffer): Link | Address | undefined {
  if (type === NEW_LINK && payload.length >= LINK_BYTES) return linkOf(payload);
  if (type === NEW_ADDRESS && payload.length >= ADDRESS_BYTES) return addressOf(payload);
  return undefined;
}

function linkOf(payload: Buffer): Link {
  const view = viewOf(payload);
  const flags = view.getUint32(8, LITTLE);
  const name = attributesOf(payload.subarray(LINK_BYTES)).get(NAME)?.toString('utf8').replace(/\0.*$/s, '') ?? '';
  return { kind: 'link', index: view.getInt32(4, LITTLE), name, isUp: (flags & IS_UP) !== 0, hasCarrier: (flags & HAS_CARRIER) !== 0 };
}

function addressOf(payload: Buffer): Address {
  const attributes = attributesOf(payload.subarray(ADDRESS_BYTES));
  const bytes = attributes.get(LOCAL) ?? attributes.get(ADDRESS) ?? Buffer.alloc(0);
  const long = attributes.get(ADDRESS_FLAGS);
  const flags = long ? viewOf(long).getUint32(0, LITTLE) : (payload[2] ?? 0);
  return {
    kind: 'address',
    link: viewOf(payload).getUint32(4, LITTLE),
    address: payload[0] === IPV4 ? [...bytes].join('.') : groupsOf(bytes),
    prefix: payload[1] ?? 0,
    isTentative: (flags & TENTATIVE) !== 0,
    isDuplicate: (flags & DUPLICATE) !== 0,
  };
}

function attributesOf(bytes: Buffer): ReadonlyMap<number, Buffer> {
  const attributes = new Map<number, Buffer>();
  for (let at = 0; at + ATTRIBUTE_BYTES <= bytes.length;) {
    const view = viewOf(bytes.subarray(at));
    const length = view.getUint16(0, LITTLE);
    if (length < ATTRIBUTE_BYTES || at + length > bytes.length) break;
    attributes.set(view.getUint16(2, LITTLE), bytes.subarray(at + ATTRIBUTE_BYTES, at + length));
    at += aligned(length);
  }
  return attributes;
}

function groupsOf(bytes: Buffer): string {
  return Array.from({ length: bytes.length / 2 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16)).join(':');
}

/** `2001:db8::1` with all its groups. */
function expanded(address: string): string {
  const [head = '', tail] = address.split('::');
  const groups = (part: string): string[] => part.split(':').filter((group) => group !== '');
  const missing = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length;
  return [...groups(head), ...Array.from({ length: missing }, () => '0'), ...groups(tail ?? '')].join(':');
}

const LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function aligned(length: number): number {
  return (length + 3) & ~3;
}
