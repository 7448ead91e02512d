/** What D-Bus carries, as far as the service manager uses it. A table `a{sv}` is an object, a structure is a list. */
export type Value = string | number | bigint | boolean | readonly Value[] | { readonly [key: string]: Value };

/** A value that is to be text; empty when it is not. */
export function textOf(value: Value | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** A value that is to be a list or a structure; empty when it is not. */
export function listOf(value: Value | undefined): readonly Value[] {
  return Array.isArray(value) ? [...value] : [];
}

/** Bytes by which values of a type begin at a multiple of. Source: D-Bus specification, marshaling. */
function alignmentOf(type: string): number {
  switch (type.charAt(0)) {
    case 'y':
    case 'g':
    case 'v':
      return 1;
    case 'n':
    case 'q':
      return 2;
    case 'x':
    case 't':
    case 'd':
    case '(':
    case '{':
      return 8;
    default:
      return 4;
  }
}

/** The single complete types of a signature: `a{sv}u` is `a{sv}` and `u`. Throws when it is none. */
export function typesOf(signature: string): string[] {
  const types: string[] = [];
  for (let at = 0; at < signature.length;) {
    const end = endOfType(signature, at);
    types.push(signature.slice(at, end));
    at = end;
  }
  return types;
}

function endOfType(signature: string, start: number): number {
  const first = signature[start];
  if (first === undefined) throw new Error(`D-Bus: signature "${signature}" ends too soon`);
  if (first === 'a') return endOfType(signature, start + 1);
  if (first !== '(' && first !== '{') return start + 1;
  const close = first === '(' ? ')' : '}';
  let at = start + 1;
  while (signature[at] !== close) at = endOfType(signature, at);
  return at + 1;
}

/** Reads values out of a message. Throws RangeError when it is shorter than it says. */
export class ValueReader {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  readonly #isLittle: boolean;
  #at: number;

  constructor(bytes: Buffer, isLittle: boolean, at = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#isLittle = isLittle;
    this.#at = at;
  }

  read(signature: string): Value[] {
    return typesOf(signature).map((type) => this.#one(type));
  }

  #one(type: string): Value {
    this.#align(alignmentOf(type));
    switch (type.charAt(0)) {
      case 'y':
        return this.#view.getUint8(this.#take(1));
      case 'b':
        return this.#unsigned() !== 0;
      case 'n':
        return this.#view.getInt16(this.#take(2), this.#isLittle);
      case 'q':
        return this.#view.getUint16(this.#take(2), this.#isLittle);
      case 'i':
        return this.#view.getInt32(this.#take(4), this.#isLittle);
      case 'u':
      case 'h':
        return this.#unsigned();
      case 'x':
        return this.#view.getBigInt64(this.#take(8), this.#isLittle);
      case 't':
        return this.#view.getBigUint64(this.#take(8), this.#isLittle);
      case 'd':
        return this.#view.getFloat64(this.#take(8), this.#isLittle);
      case 's':
      case 'o':
        return this.#text(this.#unsigned());
      case 'g':
        return this.#text(this.#view.getUint8(this.#take(1)));
      case 'v':
        return this.#variant();
      case 'a':
        return this.#array(type.slice(1));
      case '(':
        return this.read(type.slice(1, -1));
      default:
        throw new Error(`D-Bus: type "${type}" is unknown`);
    }
  }

  #variant(): Value {
    const [value] = this.read(this.#text(this.#view.getUint8(this.#take(1))));
    if (value === undefined) throw new Error('D-Bus: a variant holds nothing');
    return value;
  }

  #array(element: string): Value {
    const length = this.#unsigned();
    this.#align(alignmentOf(element));
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError('D-Bus: an array is longer than its message');
    const isTable = element.startsWith('{');
    const values: Value[] = [];
    while (this.#at < end) {
      if (isTable) this.#align(8);
      values.push(isTable ? this.read(element.slice(1, -1)) : this.#one(element));
    }
    if (!isTable) return values;
    return Object.fromEntries(values.map((entry) => (Array.isArray(entry) ? [textOf(entry[0]), entry[1]] : ['', ''])));
  }

  #unsigned(): number {
    return this.#view.getUint32(this.#take(4), this.#isLittle);
  }

  #text(length: number): string {
    const start = this.#take(length + 1);
    return this.#bytes.toString('utf8', start, start + length);
  }

  #align(to: number): void {
    this.#at = Math.ceil(this.#at / to) * to;
  }

  #take(bytes: number): number {
    const at = this.#at;
    this.#at += bytes;
    if (this.#at > this.#bytes.length) throw new RangeError('D-Bus: a message is shorter than it says');
    return at;
  }
}

/** Writes values, little-endian: only the types that calls of ours take. */
export class ValueWriter {
  #bytes = Buffer.alloc(0);

  get bytes(): Buffer {
    return this.#bytes;
  }

  write(signature: string, values: readonly (string | number)[]): this {
    for (const [index, type] of typesOf(signature).entries()) this.#one(type, values[index] ?? '');
    return this;
  }

  align(to: number): this {
    return this.#add(Buffer.alloc((to - (this.#bytes.length % to)) % to));
  }

  #one(type: string, value: string | number): void {
    this.align(alignmentOf(type));
    const text = Buffer.from(`${value}\0`);
    if (type === 'y') this.#add(Buffer.from([Number(value)]));
    else if (type === 'g') this.#add(Buffer.from([text.length - 1]), text);
    else if (type === 's' || type === 'o') this.#add(number(text.length - 1), text);
    else if (type === 'u' || type === 'i') this.#add(number(Number(value)));
    else throw new Error(`D-Bus: type "${type}" is not written here`);
  }

  #add(...pieces: readonly Buffer[]): this {
    this.#bytes = Buffer.concat([this.#bytes, ...pieces]);
    return this;
  }
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value | 0);
  return bytes;
}
