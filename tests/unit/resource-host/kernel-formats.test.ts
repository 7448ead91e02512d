import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { callBytes, lengthOf, readMessage } from '../../../resource-host/src/builtin/shared/dbus/message.ts';
import { typesOf, ValueReader } from '../../../resource-host/src/builtin/shared/dbus/values.ts';
import { mountOn, parseMounts } from '../../../resource-host/src/builtin/shared/mount-table/mount-table.ts';
import { canonicalAddress, parseMessages } from '../../../resource-host/src/builtin/shared/rtnetlink/messages.ts';

describe('mountinfo', () => {
  const TEXT = `24 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 24 0:25 / /srv/with\\040blank rw,nosuid - tmpfs tmpfs rw,size=1m
31 24 8:1 /srv/part /mnt/bound ro,relatime master:1 propagate_from:2 - ext4 /dev/sda1 rw
32 30 0:26 / /srv/with\\040blank rw - ext4 /dev/loop0 ro,errors=remount-ro
`;

  test('is read with its escapes, optional fields and both kinds of read-only', () => {
    const mounts = parseMounts(TEXT);
    expect(mounts.map(({ id, directory, isReadOnly }) => [id, directory, isReadOnly])).toEqual([
      [24, '/', false],
      [30, '/srv/with blank', false],
      [31, '/mnt/bound', true],
      [32, '/srv/with blank', true],
    ]);
    expect(mounts[2]).toMatchObject({ root: '/srv/part', device: '8:1', type: 'ext4', source: '/dev/sda1' });
    expect(mountOn('/srv/with blank', mounts)?.id).toBe(32);
  });

  test('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => Array.isArray(parseMounts(text))));
  });
});

describe('rtnetlink', () => {
  test.each([
    ['192.0.2.10', '192.0.2.10'],
    ['2001:db8::10', '2001:db8:0:0:0:0:0:10'],
    ['2001:DB8:0:0:0:0:0:10', '2001:db8:0:0:0:0:0:10'],
    ['::', '0:0:0:0:0:0:0:0'],
    ['fe80::', 'fe80:0:0:0:0:0:0:0'],
    ['1.2.3.400', undefined],
    ['eth0', undefined],
  ])('address %s is %s', (text, canonical) => expect(canonicalAddress(text)).toBe(canonical));

  test('messages of any bytes are read without end or error', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => Array.isArray(parseMessages(Buffer.from(bytes)))));
  });
});

describe('D-Bus', () => {
  test.each([
    ['a{sv}u', ['a{sv}', 'u']],
    ['a(sa(ii))', ['a(sa(ii))']],
    ['', []],
  ])('signature %s', (signature, types) => expect(typesOf(signature)).toEqual(types));

  test.each(['a', '(s', '{s'])('signature %s is none', (signature) => expect(() => typesOf(signature)).toThrow('ends too soon'));

  test('a call is what it is read as', () => {
    const call = {
      destination: 'org.example',
      path: '/org/example',
      interface: 'org.example.It',
      member: 'Do',
      signature: 'ssi',
      values: ['one', 'zwei', -3],
    };
    const bytes = callBytes(7, call);
    expect(lengthOf(bytes)).toBe(bytes.length);
    expect(lengthOf(bytes.subarray(0, 15))).toBeUndefined();
    expect(readMessage(bytes)).toMatchObject({
      kind: 'call',
      path: call.path,
      interface: call.interface,
      member: call.member,
      body: call.values,
    });
  });

  test('a message of any bytes is read, or refused', () => {
    const values = fc.tuple(fc.uint8Array({ maxLength: 120 }), fc.constantFrom('a{sv}', 'a(yv)', 'v', 'aas', '(su)', 'ab'));
    fc.assert(
      fc.property(values, ([bytes, signature]) => {
        try {
          new ValueReader(Buffer.from(bytes), true).read(signature);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
    );
  });
});
