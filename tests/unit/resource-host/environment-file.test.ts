import { expect, test } from 'vitest';
import { parseEnvironmentFile } from '../../../resource-host/src/builtin/shared/environment-file.ts';

const PATH = '/etc/default/web';

test.each([
  ['A=1\nB=2', { A: '1', B: '2' }],
  ['# a comment\n; another\n\n  A=1', { A: '1' }],
  ['A = hello world  ', { A: 'hello world' }],
  ['A="  kept  "  ', { A: '  kept  ' }],
  [String.raw`A="say \"hi\" for \$1, C:\new"`, { A: String.raw`say "hi" for $1, C:\new` }],
  [String.raw`A='\n'`, { A: String.raw`\n` }],
  ['A=\'one\'" two"three', { A: 'one twothree' }],
  ['A=one\\\ntwo', { A: 'onetwo' }],
  ['A="one\\\ntwo\nthree"', { A: 'onetwo\nthree' }],
  ['A=\nB=x #y', { A: '', B: 'x #y' }],
  ['A=1\r\nB=2\r\n', { A: '1', B: '2' }],
  ['A=1\nA=2', { A: '2' }],
  ['', {}],
])('%j', (text, variables) => {
  expect(parseEnvironmentFile(text, PATH)).toEqual(variables);
});

test.each([
  ['A=1\nexport B=2', '/etc/default/web:2: not NAME=VALUE'],
  ['\n\n1A=1', '/etc/default/web:3: not NAME=VALUE'],
  ['A=1\nB="x\nC=1', '/etc/default/web:2: the quote in the value of B is not closed'],
  ['A=a\0b', '/etc/default/web:1: the value of A holds a NUL character'],
])('a mistake is told with file and line: %j', (text, message) => {
  expect(() => parseEnvironmentFile(text, PATH)).toThrow(`envFile ${message}`);
});
