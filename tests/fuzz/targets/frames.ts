import assert from 'node:assert/strict';
import { bytesOf, type FuzzTarget, mutated } from '../target.ts';
import { DaemonUnderFuzz } from './daemon-under-fuzz.ts';

const daemon = new DaemonUnderFuzz();
const HELLO = '{"type":"hello","data":{"protocols":["andon/1"],"token":"none","hostId":"web","pid":1,"resources":[]}}\f';
const WORDS = [
  '\f',
  '{',
  '}',
  '[',
  ']',
  '"',
  ',',
  ':',
  'null',
  '-1',
  '1e999',
  '"__proto__"',
  '"constructor"',
  '\\u0000',
  '\\ud800',
  '\xff',
  '{"type":"request","data":',
  '{"id":"1","method":"ping"}',
  '"params":{}',
  '"part":"{","more":true',
  '['.repeat(2000),
  '{"a":'.repeat(2000),
  '"type":"hello"',
  '"type":"response"',
  '"type":"notify"',
  '"type":"error"',
  '"type":"disconnect"',
  '"type":"socket.disconnected"',
  HELLO,
];

/** Bytes on both sockets of the daemon. The last byte says which, so that an input is nothing but its bytes. */
export const frames: FuzzTarget = {
  name: 'frames',
  seeds: [
    '{"type":"request","data":{"id":"1","method":"ping"}}\f{"type":"request","data":{"id":"2","method":"status","params":{"names":["a"]}}}\f',
    '{"type":"request","data":{"id":"1","method":"ping","part":"{\\"a\\":","more":true}}\f{"type":"request","data":{"id":"1","part":"1}","more":false}}\f',
    HELLO,
    `{"type":"request","data":${'['.repeat(100_000)}`,
    `{"type":"request","data":"${'x'.repeat(1_100_000)}"}\f`,
    '{"type":"request","data":{"id":"1","method":"follow","params":{"resource":7}}}\f',
  ].map(bytesOf),
  arbitrary: (known) => mutated(known, WORDS),
  freshInTests: 80,
  async check(input) {
    const socket = (input.at(-1) ?? 0) % 2 === 0 ? 'control.sock' : 'host.sock';
    const said = await daemon.said(socket, input);
    for (const { type, data } of said) {
      assert.match(type, /^(response|notify|goodbye)$/);
      assert.notEqual(data.error?.code, 'internal', JSON.stringify(data));
    }
    await daemon.isWell();
  },
  close: () => daemon.close(),
};
