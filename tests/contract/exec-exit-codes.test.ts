import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exitWords, remedyOf } from '../../resource-host/src/builtin/shared/script/exit-codes.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/types/exec.md'), 'utf8');
/** `| code | name | … | what to do |` */
const ROW = /^\| (\d+) \| ([^|]+) \|(?:[^|]+\|){4} ?([^|]*)\|$/gm;

test('docs/types/exec.md names every exit code that has a name, with what to do', () => {
  const shown = [...PAGE.matchAll(ROW)].map(([, code, name, remedy]) => [`exit code ${code} (${name})`, remedy?.trim()]);
  const codes = Array.from({ length: 256 }, (_, code) => code);
  const known = codes.map((code) => [exitWords(code), remedyOf(code)]).filter(([words]) => words?.includes('('));

  expect(shown).toEqual(known);
});
