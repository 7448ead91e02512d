import { describe, expect, test } from 'vitest';
import { allChecks, SCENARIOS, UNSEEN } from '../../cli/src/host-check/scenarios.ts';
import { rulesOf, TEXT } from './protocol-text.ts';

const hostRules = rulesOf(TEXT).filter(({ binds }) => binds.includes('host'));
const checks = allChecks();

describe('andon host check', () => {
  test.each(hostRules)('checks $id in one place, or says why it cannot be seen', ({ id }) => {
    const found = checks.filter(({ rule }) => rule === id).length;
    expect(found + (Object.hasOwn(UNSEEN, id) ? 1 : 0)).toBe(1);
  });

  test('checks no rule that is not one', () => {
    const ids = hostRules.map(({ id }) => id);
    expect([...checks.map(({ rule }) => rule), ...Object.keys(UNSEEN)].filter((id) => !ids.includes(id))).toEqual([]);
  });

  test('says of each check what is expected and what to look at', () => {
    expect(checks.filter(({ expected, hint }) => expected === '' || hint === '')).toEqual([]);
    expect(Object.values(UNSEEN).filter((reason) => reason === '')).toEqual([]);
  });

  test('plays scenarios of different names', () => {
    const names = SCENARIOS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});
