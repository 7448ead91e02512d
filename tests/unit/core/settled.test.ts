import { expect, test } from 'vitest';
import { NEW_INSTANCE } from '../../../daemon/src/core/life-cycle/instance.ts';
import { groupState, isSettled } from '../../../daemon/src/core/settled.ts';

test('the state of a group is derived from its resources', () => {
  expect(groupState([])).toBe('Offline');
  expect(groupState(['Offline', 'Offline'])).toBe('Offline');
  expect(groupState(['Online', 'Online'])).toBe('Online');
  expect(groupState(['Online', 'Offline'])).toBe('PartialOnline');
  expect(groupState(['Online', 'OnlinePending'])).toBe('Pending');
  expect(groupState(['Offline', 'OfflinePending'])).toBe('Pending');
  expect(groupState(['OnlinePending', 'Failed'])).toBe('Failed');
});

test('a host that cannot start settles its resources at once; an unconfirmed one is not settled', () => {
  expect(isSettled({ ...NEW_INSTANCE, phase: 'awaitingHost' })).toBe(false);
  expect(isSettled({ ...NEW_INSTANCE, phase: 'awaitingHost', trouble: 'no such file' })).toBe(true);
  expect(isSettled({ ...NEW_INSTANCE, phase: 'online' })).toBe(true);
  expect(isSettled({ ...NEW_INSTANCE, phase: 'online', unconfirmed: true })).toBe(false);
  expect(isSettled({ ...NEW_INSTANCE, phase: 'restartDelay' })).toBe(false);
});
