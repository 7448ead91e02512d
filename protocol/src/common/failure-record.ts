import { MAX_FAILURE_RECORD_BYTES } from './limits.ts';

/** One line of an event handle, understood. `incarnation` is null for a bare record: "the current one". */
export interface FailureRecord {
  readonly kind: 'record';
  readonly resource: string;
  readonly incarnation: number | null;
  readonly reason: string;
}
/** One line of an event handle that no rule accepts. `excerpt` is printable and short. */
export interface MalformedRecord {
  readonly kind: 'malformed';
  readonly excerpt: string;
  readonly why: 'controlCharacter' | 'notUtf8' | 'grammar' | 'tooLong' | 'incarnation';
}
export type ParsedRecord = FailureRecord | MalformedRecord;

const LF = 0x0a;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;
const MAX_BYTES_BEFORE_LF = MAX_FAILURE_RECORD_BYTES - 1;
const HEAD = /^([A-Za-z0-9][A-Za-z0-9._:-]{0,127})(?:@([0-9]+))?(?:[ \t]+(.*))?$/s;
// oxlint-disable-next-line no-control-regex -- control characters are exactly what this refuses
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f]/;
const MAX_INCARNATION = 0xffff_ffff;

/**
 * Turns the bytes of an event handle into records. Pure and incremental: bytes may arrive in any pieces, and memory stays
 * below one record however long a line is. A line without its newline is kept and never acted upon.
 */
export class FailureRecordParser {
  readonly #held = new Uint8Array(MAX_FAILURE_RECORD_BYTES);
  #heldLength = 0;
  #overlong = false;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  /** Bytes that wait for their newline; at least one is held while this is above 0. */
  get partialBytes(): number {
    return this.#heldLength;
  }

  /** Calls `accept` for every line that `bytes` completes, in order. Empty lines are skipped. */
  push(bytes: Uint8Array, accept: (record: ParsedRecord) => void): void {
    let start = 0;
    for (let end = bytes.indexOf(LF, start); end !== -1; end = bytes.indexOf(LF, start)) {
      const record = this.#complete(bytes, start, end);
      if (record) accept(record);
      start = end + 1;
    }
    this.#hold(bytes, start, bytes.length);
  }

  #complete(bytes: Uint8Array, start: number, end: number): ParsedRecord | undefined {
    if (this.#heldLength === 0 && !this.#overlong) {
      return end - start > MAX_BYTES_BEFORE_LF
        ? this.#parseOverlong(bytes.subarray(start, start + MAX_BYTES_BEFORE_LF))
        : this.#parse(bytes.subarray(start, end));
    }
    this.#hold(bytes, start, end);
    const line = this.#held.subarray(0, this.#heldLength);
    const record = this.#overlong ? this.#parseOverlong(line) : this.#parse(line);
    this.#heldLength = 0;
    this.#overlong = false;
    return record;
  }

  #hold(bytes: Uint8Array, start: number, end: number): void {
    const room = MAX_BYTES_BEFORE_LF - this.#heldLength;
    const taken = Math.min(room, end - start);
    this.#held.set(bytes.subarray(start, start + taken), this.#heldLength);
    this.#heldLength += taken;
    if (end - start > room) this.#overlong = true;
  }

  #parse(line: Uint8Array): ParsedRecord | undefined {
    const plain = parsePlain(line);
    if (plain) return plain;
    const trimmed = trim(line);
    if (trimmed.length === 0) return undefined;
    let text: string;
    try {
      text = this.#decoder.decode(trimmed);
    } catch {
      return malformed(trimmed, 'notUtf8');
    }
    if (CONTROL.test(text)) return malformed(trimmed, 'controlCharacter');
    const match = HEAD.exec(text);
    if (!match?.[1]) return malformed(trimmed, 'grammar');
    const incarnation = match[2] === undefined ? null : Number(match[2]);
    if (incarnation !== null && (incarnation < 1 || incarnation > MAX_INCARNATION)) return malformed(trimmed, 'incarnation');
    return { kind: 'record', resource: match[1], incarnation, reason: match[3] ?? '' };
  }

  /** A whole `ID@INCARNATION ` in front is enough to act upon; the reason is lost. Without it the line names nothing surely. */
  #parseOverlong(head: Uint8Array): ParsedRecord {
    const blank = head.findIndex((byte) => byte === 0x20 || byte === 0x09);
    if (blank === -1) return malformed(head, 'tooLong');
    const record = this.#parse(head.subarray(0, blank));
    return record?.kind === 'record' && record.incarnation !== null ? record : malformed(head, 'tooLong');
  }
}

/** The line that a host writes, newline included; a reason that would make it too long is cut at a character. */
export function formatFailureRecord(resource: string, incarnation: number | null, reason = ''): string {
  const head = incarnation === null ? resource : `${resource}@${incarnation}`;
  // oxlint-disable-next-line no-control-regex -- control characters would make the record malformed
  const oneLine = reason.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim();
  if (oneLine === '') return `${head}\n`;
  const room = MAX_FAILURE_RECORD_BYTES - head.length - 2;
  const bytes = new Uint8Array(room);
  const { read } = new TextEncoder().encodeInto(oneLine, bytes);
  return `${head} ${oneLine.slice(0, read)}\n`;
}

/** 1 = may begin a name, 2 = may only follow; every other byte ends it. */
const NAME_BYTES = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  if (/[A-Za-z0-9]/.test(character)) return 1;
  return /[._:-]/.test(character) ? 2 : 0;
});
const AT = 0x40;
const ZERO = 0x30;
const LONGEST_NAME = 128;

/**
 * `NAME@INCARNATION` and nothing else, which is what most records are: read without decoder and regular expression, whose
 * code is cold when a failure comes after hours of silence. Anything else is left to the rules above.
 */
function parsePlain(line: Uint8Array): FailureRecord | undefined {
  const at = line.indexOf(AT);
  if (at < 1 || at > LONGEST_NAME || NAME_BYTES[line[0] ?? 0] !== 1) return undefined;
  let resource = '';
  for (let index = 0; index < at; index++) {
    const byte = line[index] ?? 0;
    if (NAME_BYTES[byte] === 0) return undefined;
    resource += String.fromCharCode(byte);
  }
  let incarnation = 0;
  for (let index = at + 1; index < line.length; index++) {
    const digit = (line[index] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    incarnation = incarnation * 10 + digit;
  }
  if (incarnation < 1 || incarnation > MAX_INCARNATION) return undefined;
  return { kind: 'record', resource, incarnation, reason: '' };
}

function trim(line: Uint8Array): Uint8Array {
  let start = 0;
  let end = line.length;
  if (BYTE_ORDER_MARK.every((byte, index) => line[index] === byte)) start = BYTE_ORDER_MARK.length;
  while (end > start && isTrailingBlank(line[end - 1])) end--;
  return start === 0 && end === line.length ? line : line.subarray(start, end);
}

function isTrailingBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d;
}

function malformed(line: Uint8Array, why: MalformedRecord['why']): MalformedRecord {
  let excerpt = '';
  for (const byte of line.subarray(0, 80)) {
    excerpt += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return { kind: 'malformed', excerpt, why };
}
