import { describe, expect, test } from 'vitest';
import { checkHost, sleeper } from './check-host.ts';

/** Kills every sleeper of the resource that has to fail. */
const KILL_SLEEPERS = `for f in /proc/[0-9]*/environ; do
  if tr '\\0' '\\n' < "$f" 2>/dev/null | grep -q "^SLEEPER=.* $ANDON_RESOURCE$"; then p=\${f%/environ}; kill -KILL "\${p#/proc/}"; fi
done`;

describe('a host on the library for TypeScript', () => {
  test('passes, and nothing is left of it', { timeout: 120_000 }, async () => {
    const { code, report, leftovers } = await checkHost(['--type', 'sleeper', '--induce-failure', KILL_SLEEPERS], sleeper());
    expect(report.checks.filter(({ result }) => result !== 'pass' && result !== 'notApplicable')).toEqual([]);
    expect(report.software).toMatchObject({ name: '@andon/resource-host' });
    expect(code).toBe(0);
    expect(leftovers).toEqual([]);
  });

  test('passes when its online takes long: then nothing about pending and overlap stays unchecked', { timeout: 120_000 }, async () => {
    const rules = ['P-1', 'P-2', 'P-3', 'P-4', 'P-5', 'P-6', 'F-7', 'X-1', 'X-2', 'C-5', 'C-15'];
    const options = ['--type', 'sleeper', '--set', 'stepMs=100', '--only', rules.join(',')];
    const { code, report } = await checkHost(options, sleeper());
    expect(report.checks.map(({ id }) => id).sort()).toEqual(rules.toSorted());
    expect(report.checks.filter(({ result }) => result !== 'pass')).toEqual([]);
    expect(code).toBe(0);
  });
});
