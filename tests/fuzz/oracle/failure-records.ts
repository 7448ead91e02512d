import type { ParsedRecord } from '@andon/protocol';

/** What PROTOCOL.md 12.2 and 12.3 say that a stream of bytes holds, written down a second time: line by line, and slowly. */
export function recordsIn(stream: Uint8Array): Pick<ParsedRecord & { kind: 'record' }, 'resource' | 'incarnation' | 'reason'>[] {
  const lines = Buffer.from(stream).toString('latin1').split('\n');
  // Behind the last LF is no record yet.
  return lines.slice(0, -1).flatMap((line) => recordOf(line) ?? []);
}

/** `line` is one character a byte, so that its length is the number of its bytes. */
function recordOf(line: string): { resource: string; incarnation: number | null; reason: string } | undefined {
  if (line.length > 511) {
    const head = /^([^ \t]+)[ \t]/.exec(line.slice(0, 511))?.[1];
    const record = head === undefined ? undefined : recordOf(head);
    return record?.incarnation ? { ...record, reason: '' } : undefined;
  }
  let bytes = line;
  if (bytes.startsWith('\xef\xbb\xbf')) bytes = bytes.slice(3);
  bytes = bytes.replace(/[ \t\r]+$/, '');
  const text = Buffer.from(bytes, 'latin1').toString('utf8');
  // What is not UTF-8 does not come back as it was.
  if (Buffer.from(text, 'utf8').toString('latin1') !== bytes) return undefined;
  for (const character of text) if (character !== '\t' && (character < ' ' || character === '\x7f')) return undefined;

  const [head = ''] = text.split(/[ \t]/, 1);
  const [resource = '', digits, ...more] = head.split('@');
  if (more.length > 0 || resource.length > 128 || !/^[A-Za-z0-9]/.test(resource) || /[^A-Za-z0-9._:-]/.test(resource)) return undefined;
  if (digits !== undefined && !/^[0-9]+$/.test(digits)) return undefined;
  const incarnation = digits === undefined ? null : Number(digits);
  if (incarnation !== null && (incarnation < 1 || incarnation > 4_294_967_295)) return undefined;
  return { resource, incarnation, reason: text.slice(head.length).replace(/^[ \t]+/, '') };
}
