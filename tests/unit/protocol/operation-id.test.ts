import { failureRecordOf, operationId, parseOperationId, REMEMBERED_CALLS } from '@andon/protocol';
import { describe, expect, test } from 'vitest';

describe('an operation id', () => {
  test.each(REMEMBERED_CALLS)('of %s reads back as what it was made of', (call) => {
    const id = operationId('web-1', 7, call);
    expect(id).toBe(`web-1@7/${call}`);
    expect(parseOperationId(id)).toEqual({ resource: 'web-1', incarnation: 7, call });
  });

  test.each([
    '',
    'web-1',
    'web-1@7',
    'web-1@7/isAlive',
    'web-1@/online',
    '@7/online',
    'web 1@7/online',
    'web-1@7/online#2',
    'web-1@7/Online',
  ])('is not %j', (text) => expect(parseOperationId(text)).toBeNull());

  test('names the same incarnation as the record a host writes', () => {
    expect(failureRecordOf('web-1', 7)).toBe('web-1@7');
  });
});
