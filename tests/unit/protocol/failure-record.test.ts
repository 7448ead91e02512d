import {
  FailureRecordParser,
  formatFailureRecord,
  MAX_FAILURE_RECORD_BYTES,
  type ParsedRecord,
  RESOURCE_NAME_PATTERN,
} from '@andon/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

type Bytes = string | Uint8Array;

function bytesOf(input: Bytes): Uint8Array {
  return typeof input === 'string' ? new TextEncoder().encode(input) : input;
}

function parse(...pieces: Bytes[]): ParsedRecord[] {
  const parser = new FailureRecordParser();
  const records: ParsedRecord[] = [];
  for (const piece of pieces) parser.push(bytesOf(piece), (record) => records.push(record));
  return records;
}

function record(resource: string, incarnation: number | null, reason = ''): ParsedRecord {
  return { kind: 'record', resource, incarnation, reason };
}

function why(input: Bytes): string[] {
  return parse(input).map((parsed) => (parsed.kind === 'malformed' ? parsed.why : `accepted ${parsed.resource}`));
}

/** Bytes before the newline of the longest legal record. */
const LONGEST = MAX_FAILURE_RECORD_BYTES - 1;

describe('a record', () => {
  test.each<[string, ParsedRecord]>([
    ['web-1\n', record('web-1', null)],
    ['web-1@7\n', record('web-1', 7)],
    ['web-1@7 disk gone\n', record('web-1', 7, 'disk gone')],
    ['web-1 disk gone\n', record('web-1', null, 'disk gone')],
    ['web-1@7\tdisk\tgone\n', record('web-1', 7, 'disk\tgone')],
    ['web-1@7   two  blanks \n', record('web-1', 7, 'two  blanks')],
    ['web-1@7 plattenfehler äöü 😀\n', record('web-1', 7, 'plattenfehler äöü 😀')],
    ['web-1@4294967295\n', record('web-1', 4_294_967_295)],
    ['web-1@00000000007\n', record('web-1', 7)],
    ['web-1@00000000007 gone\n', record('web-1', 7, 'gone')],
    ['a.b_c:d-e@1\n', record('a.b_c:d-e', 1)],
    ['web-1@7 a@b\n', record('web-1', 7, 'a@b')],
    [`${'n'.repeat(128)}@7\n`, record('n'.repeat(128), 7)],
  ])('%j is understood', (line, expected) => {
    expect(parse(line)).toEqual([expected]);
  });

  test.each([
    ['a carriage return', 'web-1@7\r\n'],
    ['blanks', 'web-1@7 \t \n'],
    ['a blank and a carriage return, as cmd.exe writes', 'web-1@7 \r\n'],
    ['a byte order mark in front', '\u{feff}web-1@7\n'],
  ])('may carry %s', (_what, line) => {
    expect(parse(line)).toEqual([record('web-1', 7)]);
  });

  test.each(['\n', '\r\n', ' \t\n', '\u{feff}\n'])('is not %j, which is skipped', (line) => {
    expect(parse(line)).toEqual([]);
  });

  test.each([
    ['NUL', 'web-1\0\n', 'controlCharacter'],
    ['a control character in the reason', 'web-1@7 a\u0007b\n', 'controlCharacter'],
    ['a carriage return inside', 'web-1\rweb-2\n', 'controlCharacter'],
    ['DEL', 'web-1@7 a\u007f\n', 'controlCharacter'],
    ['UTF-16 with its mark, as PowerShell writes', Uint8Array.of(0xff, 0xfe, 0x77, 0, 0x0a), 'notUtf8'],
    ['UTF-16 without a mark', Uint8Array.of(0x77, 0, 0x65, 0, 0x0a), 'controlCharacter'],
    ['a broken UTF-8 sequence', Uint8Array.of(0x77, 0x20, 0xc3, 0x28, 0x0a), 'notUtf8'],
    ['a name with a bad first character', '-web@7\n', 'grammar'],
    ['a name of 129 characters', `${'n'.repeat(129)}@7\n`, 'grammar'],
    ['a blank in front', ' web-1\n', 'grammar'],
    ['a second byte order mark', '\u{feff}\u{feff}web-1\n', 'grammar'],
    ['an incarnation that is no number', 'web-1@x\n', 'grammar'],
    ['no incarnation behind @', 'web-1@ gone\n', 'grammar'],
    ['incarnation 0', 'web-1@0\n', 'incarnation'],
    ['an incarnation above 32 bits', 'web-1@4294967296\n', 'incarnation'],
  ])('with %s is malformed', (_what, line, reason) => {
    expect(why(line)).toEqual([reason]);
  });

  test('without its newline is kept and never acted upon', () => {
    const parser = new FailureRecordParser();
    parser.push(bytesOf('web-1@7 gone'), () => expect.unreachable());
    expect(parser.partialBytes).toBe(12);
    const records: ParsedRecord[] = [];
    parser.push(bytesOf('\n'), (parsed) => records.push(parsed));
    expect(records).toEqual([record('web-1', 7, 'gone')]);
    expect(parser.partialBytes).toBe(0);
  });

  test('glued to the next by a writer that forgot its newline names nothing', () => {
    expect(parse('web-1web-2\n')).toEqual([record('web-1web-2', null)]);
  });

  test('that is malformed shows itself in printable characters, cut', () => {
    const [parsed] = parse(`web\u0001ä${'x'.repeat(300)}\n`);
    expect(parsed).toMatchObject({ kind: 'malformed', why: 'controlCharacter' });
    expect(parsed?.kind === 'malformed' && parsed.excerpt).toMatch(/^web\\x01\\xc3\\xa4x{74}$/);
  });
});

describe('an over-long line', () => {
  const tooLong = (head: string): string => head + 'x'.repeat(MAX_FAILURE_RECORD_BYTES - head.length);

  test('of 511 bytes is still a record', () => {
    expect(parse(`${'web-1@7 '.padEnd(LONGEST, 'x')}\n`)).toEqual([record('web-1', 7, 'x'.repeat(LONGEST - 8))]);
  });

  test('that begins with a name, an incarnation and a blank counts, without its reason', () => {
    expect(parse(`${tooLong('web-1@7 ')}\n`)).toEqual([record('web-1', 7)]);
    expect(parse(`${tooLong('web-1@7\t')}\n`)).toEqual([record('web-1', 7)]);
    expect(parse(`\u{feff}${tooLong('web-1@7 ')}\n`)).toEqual([record('web-1', 7)]);
  });

  test.each([
    ['a bare name', 'web-1 '],
    ['no blank', 'web-1@7'],
    ['an illegal incarnation', 'web-1@0 '],
    ['a blank in front', ' web-1@7 '],
    ['nothing that is a name', '-web@7 '],
  ])('that begins with %s is dropped', (_what, head) => {
    expect(why(`${tooLong(head)}\n`)).toEqual(['tooLong']);
  });

  test('ends at its newline: the next line counts', () => {
    expect(parse(`${'x'.repeat(100_000)}\nweb-2@1\n`).at(-1)).toEqual(record('web-2', 1));
  });
});

describe('bytes in any pieces', () => {
  const stream = bytesOf(
    ['web-1@7 gone', '\u{feff}web-2@1\r', '', 'bad\u0001', `web-3@9 ${'y'.repeat(600)}`, 'z'.repeat(700), 'ä€😀', 'web-4 ä€😀', ''].join(
      '\n',
    ),
  );
  const whole = parse(stream);

  test('give the same records when cut in two at every position', () => {
    expect(whole.map(({ kind }) => kind)).toEqual(['record', 'record', 'malformed', 'record', 'malformed', 'malformed', 'record']);
    for (let cut = 0; cut <= stream.length; cut++) {
      expect(parse(stream.subarray(0, cut), stream.subarray(cut)), `cut at ${cut}`).toEqual(whole);
    }
  });

  test('give the same records byte by byte', () => {
    expect(parse(...Array.from(stream, (byte) => Uint8Array.of(byte)))).toEqual(whole);
  });

  const anyByte = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...bytesOf('web-1@7 \t\r\n')) },
    { weight: 2, arbitrary: fc.constantFrom(0x0a, 0x0a, 0xef, 0xbb, 0xbf, 0) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }) },
  );
  const anyLine = fc.oneof(
    fc.array(anyByte, { maxLength: 40 }).map((bytes) => Uint8Array.from(bytes)),
    fc.integer({ min: 480, max: 560 }).map((length) => bytesOf(`${'web-1@7 '.padEnd(length, 'r')}\n`)),
  );
  const anyStream = fc.array(anyLine, { maxLength: 12 }).map((lines) => Uint8Array.from(lines.flatMap((line) => [...line])));

  test('never throw, never hold more than a record, and do not depend on the pieces', () => {
    fc.assert(
      fc.property(anyStream, fc.array(fc.nat(), { maxLength: 20 }), (bytes, cuts) => {
        const parser = new FailureRecordParser();
        const records: ParsedRecord[] = [];
        const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
        for (const [index, edge] of edges.slice(1).entries()) {
          // A piece is valid only during the call: what is kept must have been copied.
          const piece = bytes.slice(edges[index] ?? 0, edge);
          parser.push(piece, (parsed) => records.push(parsed));
          piece.fill(0x0a);
          expect(parser.partialBytes).toBeLessThanOrEqual(LONGEST);
        }
        expect(records).toEqual(parse(bytes));
      }),
      { numRuns: 2_000 },
    );
  });

  test('say for every accepted record a name and an incarnation of the grammar, on one line of text', () => {
    fc.assert(
      fc.property(anyStream, (bytes) => {
        for (const parsed of parse(bytes)) {
          if (parsed.kind === 'malformed') {
            expect(parsed.excerpt).toMatch(/^[\x20-\x7e]*$/);
            continue;
          }
          expect(parsed.resource).toMatch(RESOURCE_NAME_PATTERN);
          expect(parsed.incarnation ?? 1).toBeGreaterThanOrEqual(1);
          expect(parsed.reason).not.toMatch(/[\r\n\0]/);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a formatted record', () => {
  const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/);
  const incarnation = fc.option(fc.integer({ min: 1, max: 0xffff_ffff }), { nil: null });
  const reason = fc.string({ unit: 'binary', maxLength: 600 });

  test('is one line of at most 512 bytes that reads back as itself', () => {
    fc.assert(
      fc.property(name, incarnation, reason, (resource, number, text) => {
        const line = formatFailureRecord(resource, number, text);
        expect(bytesOf(line).length).toBeLessThanOrEqual(MAX_FAILURE_RECORD_BYTES);
        expect(line.indexOf('\n')).toBe(line.length - 1);
        const [parsed, ...others] = parse(line);
        expect(others).toEqual([]);
        expect(parsed).toMatchObject({ kind: 'record', resource, incarnation: number });
        expect(parse(formatFailureRecord(resource, number, parsed?.kind === 'record' ? parsed.reason : ''))).toEqual([parsed]);
      }),
      { numRuns: 2_000 },
    );
  });

  test('keeps a short reason and joins its lines', () => {
    expect(formatFailureRecord('web-1', 7, ' disk\r\ngone\t')).toBe('web-1@7 disk gone\n');
    expect(formatFailureRecord('web-1', null)).toBe('web-1\n');
    expect(formatFailureRecord('web-1', 7, ' \n ')).toBe('web-1@7\n');
  });

  test('cuts a long reason between characters', () => {
    const line = formatFailureRecord('web-1', 7, '😀'.repeat(300));
    expect(line).toBe(`web-1@7 ${'😀'.repeat(125)}\n`);
  });
});
