import { AndonError, type ErrorCode, ERRORS, EXIT } from '@andon/protocol';
import { describe, expect, test } from 'vitest';

const codes = Object.keys(ERRORS).filter((code): code is ErrorCode => code in ERRORS);

describe('the error registry', () => {
  test.each(codes)('%s says what failed and what to do next', (code) => {
    const entry = ERRORS[code];
    expect(Object.values(EXIT)).toContain(entry.exit);
    expect(entry.exit).not.toBe(EXIT.done);
    expect(entry.message.length).toBeGreaterThan(0);
    expect(entry.remedy.length).toBeGreaterThan(0);
  });

  test.each(codes)('%s fills every place of its texts', (code) => {
    const entry = ERRORS[code];
    const places = [...`${entry.message}${entry.remedy}`.matchAll(/\{(\w+)\}/g)].map(([, place]) => place ?? '');
    const error = new AndonError(code, Object.fromEntries(places.map((place) => [place, `<${place}>`])));
    expect(`${error.message}${error.remedy}`).not.toMatch(/[{}]/);
    for (const place of places) expect(`${error.message}${error.remedy}`).toContain(`<${place}>`);
    expect(error.exit).toBe(entry.exit);
    expect(error.code).toBe(code);
  });

  test('leaves a place without a value as it is, so that the mistake is seen', () => {
    expect(new AndonError('unknownType', { name: 'web' }).message).toBe('There is no resource type "web".{suggestion}');
  });

  test('fills with what it is given, not with what that names', () => {
    expect(new AndonError('unknownType', { name: '{suggestion} $& $1', suggestion: '' }).message).toBe(
      'There is no resource type "{suggestion} $& $1".',
    );
    expect(new AndonError('usage', { detail: 'x' }).message).toBe('x');
    expect(new AndonError('internal', { detail: '{constructor}' }).message).toContain('{constructor}');
  });

  test('keeps the cause', () => {
    const cause = new Error('ENOSPC');
    expect(new AndonError('internal', {}, { cause }).cause).toBe(cause);
    expect(new AndonError('internal')).toBeInstanceOf(Error);
    expect(new AndonError('internal').name).toBe('AndonError');
  });
});
