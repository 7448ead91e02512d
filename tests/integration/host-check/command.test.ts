import { readdirSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { andon, startAndon, testFolder } from '../cli/run-andon.ts';
import { checkHost, script, sleeper } from './check-host.ts';

const ONE_RULE = ['--only', 'H-2'];

describe('andon host check ends with', () => {
  test('0 when all that was asked for holds', async () => {
    const { code, report } = await checkHost([...ONE_RULE, '--type', 'sleeper'], sleeper());
    expect({ code, summary: report.summary }).toEqual({ code: 0, summary: { pass: 1, fail: 0, warn: 0, notApplicable: 0, notReached: 0 } });
  });

  test('1 when a MUST does not hold, and says what came', async () => {
    const { code, report } = await checkHost(ONE_RULE, script('vices/presents-wrong-token.ts'));
    expect(code).toBe(1);
    expect(report.checks).toMatchObject([
      {
        id: 'H-2',
        level: 'MUST',
        result: 'fail',
        came: expect.stringContaining('the token "'),
        rule: '`token` and `hostId` MUST be the values of the environment.',
        hint: expect.stringContaining('ANDON_TOKEN'),
        frames: expect.arrayContaining([expect.stringContaining('"type":"hello"')]),
      },
    ]);
  });

  test('0 when only a SHOULD does not hold', async () => {
    const { code, report } = await checkHost(['--only', 'V-5'], script('vices/presents-wrong-token.ts'));
    expect({ code, result: report.checks[0]?.result }).toEqual({ code: 0, result: 'warn' });
  });

  test.each([
    { what: 'a rule that is none', args: ['--only', 'C-99'], says: 'not "C-99"' },
    { what: 'a type that the host does not serve', args: ['--type', 'web'], says: 'The host does not serve the type "web"' },
    { what: 'a setting without a value', args: ['--set', 'port'], says: '--set takes key=value, not "port"' },
  ])('2 for $what', async ({ args, says }) => {
    const { code, stderr } = await checkHost([...ONE_RULE, ...args], sleeper());
    expect(code).toBe(2);
    expect(stderr).toContain(says);
  });

  test('2 without a command', async () => {
    expect(await andon(['host', 'check'], await testFolder())).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("missing required argument 'command'"),
    });
  });

  test.each([
    { what: 'a command that is not there', command: ['./no-such-host'], says: 'cannot be started' },
    {
      what: 'a host that ends before its hello',
      command: ['sh', '-c', 'echo no licence >&2; exit 3'],
      says: 'exited with code 3; its standard error ends with:\nno licence',
    },
  ])('5 for $what', async ({ command, says }) => {
    const { code, stderr, leftovers } = await checkHost(ONE_RULE, command);
    expect({ code, leftovers }).toEqual({ code: 5, leftovers: [] });
    expect(stderr).toContain(says);
  });
});

test('what an earlier breach kept from being reached names it', async () => {
  const { code, report } = await checkHost([], script('vices/sends-invalid-hello.ts'));
  expect(code).toBe(1);
  const failed = report.checks.filter(({ result }) => result === 'fail').map(({ id }) => id);
  expect(failed).toEqual(['H-1']);
  const others = report.checks.filter(({ id }) => id !== 'H-1');
  expect(others.filter(({ result, cause }) => result !== 'notReached' || cause !== 'H-1')).toEqual([]);
});

test('--verbose shows every frame on standard error, and the report stays on standard output', async () => {
  const folder = await testFolder();
  const { stdout, stderr } = await andon(['host', 'check', '--verbose', ...ONE_RULE, '--type', 'sleeper', '--', ...sleeper()], folder);
  expect(stderr).toMatch(/ s {2}host {4}\{"type":"hello"/);
  expect(stderr).toMatch(/ s {2}daemon {2}\{"type":"welcome"/);
  expect(stdout).toMatch(/^4\. hello, welcome, goodbye\n {2}pass {2}H-2 /);
  expect(stdout).toMatch(/@andon\/resource-host .*: 1 passed, 0 failed, 0 warnings, 0 not applicable in /);
});

test('an interruption leaves neither a process nor a file', async () => {
  const folder = await testFolder();
  const args = ['host', 'check', '--verbose', '--type', 'sleeper', '--only', 'C-16', '--', ...sleeper()];
  const kit = startAndon(args, folder, { env: { TMPDIR: folder } });
  await kit.notes('/online","ok":true');
  kit.child.kill('SIGINT');
  await once(kit.child, 'exit');
  expect(kit.child.signalCode).toBe('SIGINT');
  expect(readdirSync(folder).filter((name) => name.startsWith('andon-check-'))).toEqual([]);
  expect(processesOf(folder)).toEqual([]);
});

/** Command lines of those that have this folder in their environment. */
function processesOf(folder: string): readonly string[] {
  return readdirSync('/proc').flatMap((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(folder) ? [readFileSync(`/proc/${pid}/cmdline`, 'latin1')] : [];
    } catch {
      return [];
    }
  });
}
