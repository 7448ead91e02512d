import { expect, test } from 'vitest';
import { difference } from '../../../../cli/src/service/difference.ts';

test('equal texts differ in nothing', () => {
  expect(difference('a\nb\n', 'a\nb\n')).toEqual([]);
});

test.each([
  ['a\nb\nc\n', 'a\nx\nc\n', ['- b', '+ x']],
  ['a\nb\n', 'a\n', ['- b']],
  ['a\n', 'b\na\nc\n', ['+ b', '+ c']],
  ['', 'a\n', ['+ a']],
  ['a\nb\nc\n', 'c\na\nb\n', ['+ c', '- c']],
])('%j → %j', (before, after, lines) => {
  expect(difference(before, after)).toEqual(lines);
});

test('comments say nothing that counts', () => {
  expect(difference('# old\na=1\n', '# new\n\na=1\n')).toEqual([]);
});
