import assert from 'node:assert/strict';
import { FailureRecordParser, MAX_FAILURE_RECORD_BYTES, type ParsedRecord } from '@andon/protocol';
import { recordsIn } from '../oracle/failure-records.ts';
import { bytesOf, type FuzzTarget, mutated } from '../target.ts';

const WORDS = [
  'web-1',
  '@7',
  '@',
  ' ',
  '\t',
  '\r',
  '\n',
  '\ufeff',
  '4294967295',
  '4294967296',
  '0',
  'ä',
  '😀',
  '\0',
  '\x7f',
  'x'.repeat(128),
];

/** Bytes of an event handle, in pieces. A Terminate that nobody asked for is the worst that can come of them. */
export const records: FuzzTarget = {
  name: 'records',
  seeds: [
    'web-1@7 disk gone\nweb-2\n\n',
    '\ufeffweb-1@7\r\nweb-1@0 \nweb 1',
    `web-1@7 ${'r'.repeat(503)}\nweb-1@7 ${'r'.repeat(504)}\nweb-1 ${'r'.repeat(600)}\n`,
    `${'n'.repeat(128)}@4294967295 ä\n${'n'.repeat(129)}@1\n`,
  ].map(bytesOf),
  arbitrary: (known) => mutated(known, WORDS),
  guidedBy: /\/protocol\/src\/common\/failure-record\.ts$/,
  freshInTests: 3_000,
  check(input) {
    const whole = parsed([input]);
    // Cut where the content says: the same input gives the same pieces.
    const size = 1 + (input.length > 0 ? (input[input.length >> 1] ?? 0) % 40 : 0);
    assert.equal(JSON.stringify(parsed(pieces(input, size))), JSON.stringify(whole), `pieces of ${size} bytes`);
    const accepted = whole.flatMap((record) =>
      record.kind === 'record' ? [{ resource: record.resource, incarnation: record.incarnation, reason: record.reason }] : [],
    );
    assert.equal(JSON.stringify(accepted), JSON.stringify(recordsIn(input)));
  },
};

function parsed(chunks: readonly Uint8Array[]): ParsedRecord[] {
  const parser = new FailureRecordParser();
  const found: ParsedRecord[] = [];
  for (const chunk of chunks) {
    parser.push(chunk, (record) => found.push(record));
    assert.ok(parser.partialBytes < MAX_FAILURE_RECORD_BYTES, 'more than a record is held');
  }
  return found;
}

function pieces(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
}
