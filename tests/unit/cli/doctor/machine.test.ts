import { expect, test } from 'vitest';
import { bootCheck, pidfdCheck } from '../../../../cli/src/doctor/machine.ts';

const NOW = new Date('2026-11-22T12:00:00Z');

test.each([
  ['linux', '4.19.0-26-amd64', 'warn'],
  ['linux', '5.2.21', 'warn'],
  ['linux', '5.3.0', 'ok'],
  ['linux', '6.1.0-28-amd64', 'ok'],
  ['darwin', '24.6.0', 'warn'],
])('pidfd on %s with kernel %s: %s', (platform, kernel, result) => {
  expect(pidfdCheck(platform, kernel)).toMatchObject({ name: 'pidfd', result, detail: expect.stringContaining(kernel) });
});

test('a boot without an id fails, and a clock that lost its battery is a warning; each says what to type', () => {
  const command = 'cat /proc/sys/kernel/random/boot_id';
  expect(bootCheck('\n', NOW)).toMatchObject({ name: 'boot', result: 'fail', remedy: expect.stringContaining(command) });
  const early = bootCheck('b68909a7\n', new Date('1970-01-01T00:00:12Z'));
  expect(early).toMatchObject({ result: 'warn', detail: 'the clock says 1970-01-01T00:00:12.000Z', remedy: 'timedatectl set-ntp true' });
  expect(bootCheck('b68909a7\n', NOW)).toMatchObject({ result: 'ok', detail: 'b68909a7' });
});
