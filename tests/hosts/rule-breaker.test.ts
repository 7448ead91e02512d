import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { SCENARIOS, WATCHED } from '../../cli/src/host-check/scenarios.ts';
import { type BreakableRule, FAULTS } from '../fixtures/hosts/rule-breaker/faults.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const ANDON = join(ROOT, 'cli/bin/andon.js');
const RULE_BREAKER = join(ROOT, 'tests/fixtures/hosts/rule-breaker/main.ts');
/** Most of a run is waiting for the times of the protocol. */
const RUNS_AT_ONCE = 4;
const LIMIT_MS = 280_000;
/** What is played for a rule that no scenario looks for: something in which all calls occur, or records. */
const EVERYDAY = { calls: 'calls and refusals', records: 'failure records' };
/** Rules that nobody can break without breaking another one, which is then the one that is reported. */
const IMPLIED_BY: Readonly<Partial<Record<BreakableRule, BreakableRule>>> = { 'R-6': 'R-1' };

const Report = z.object({
  checks: z.array(z.object({ id: z.string(), level: z.string(), result: z.string(), came: z.string(), cause: z.string().optional() })),
});
type Report = z.infer<typeof Report>;

const folder = mkdtempSync(join(tmpdir(), 'andon-'));
const controller = new AbortController();
let places = RUNS_AT_ONCE;
const waiting: (() => void)[] = [];

afterAll(() => {
  controller.abort();
  rmSync(folder, { recursive: true, force: true });
});

async function inPlace<Outcome>(act: () => Promise<Outcome>): Promise<Outcome> {
  if (places === 0) await new Promise<void>((resolve) => waiting.push(resolve));
  else places--;
  try {
    return await act();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else places++;
  }
}

/** One run of the kit over the host, with a folder of its own for what makes its resources fail. */
function check(name: string, options: readonly string[], faults: readonly string[]): Promise<Report> {
  const own = join(folder, name);
  mkdirSync(own);
  const properties = ['contract=event', 'onlineMs=400', 'command=sleep 1000', `failFile=${own}/{resource}`];
  const fail = `echo "$ANDON_FAILURE_RECORD" > "${own}/$ANDON_RESOURCE"`;
  const sets = properties.flatMap((property) => ['--set', property]);
  const args = ['host', 'check', '--json', ...sets, '--induce-failure', fail, ...options];
  const run = (): Promise<Report> =>
    new Promise((resolve, reject) => {
      const command = [ANDON, ...args, '--', process.execPath, RULE_BREAKER, ...faults];
      const { signal } = controller;
      execFile(process.execPath, command, { signal, maxBuffer: 64 * 1024 * 1024 }, (_, stdout, stderr) => {
        if (stdout === '') reject(new Error(`no report: ${stderr}`));
        else resolve(Report.parse(JSON.parse(stdout)));
      });
    });
  const report = inPlace(run);
  report.catch(() => {});
  return report;
}

/** Everything that is looked at in the scenarios of this rule; with ANDON_WHOLE_KIT=1 everything there is, which takes some ten minutes. */
function surroundingsOf(rule: string): readonly string[] {
  if (process.env['ANDON_WHOLE_KIT'] === '1') return [];
  const own = SCENARIOS.filter(({ checks }) => checks.some((one) => one.rule === rule));
  const played =
    own.length > 0 ? own : SCENARIOS.filter(({ name }) => name === (rule.startsWith('E-') ? EVERYDAY.records : EVERYDAY.calls));
  const rules = [...played.flatMap(({ checks }) => checks), ...WATCHED].map((one) => one.rule);
  // Of so many runs at once, C-6 measures the machine.
  return ['--only', rules.filter((one) => one !== 'C-6' || rule === 'C-6').join(',')];
}

function troubles({ checks }: Report): readonly string[] {
  return checks.filter(({ result }) => result === 'fail' || result === 'warn').map(({ id, came }) => `${id}: ${came}`);
}

describe('a host that keeps every rule', () => {
  const remembering = check('remembering', [], []);
  const forgetful = check('forgetful', ['--only', 'I-1,I-2,I-3'], ['--forgetful']);

  test('passes all checks, and only the rule for hosts without memory is not for it', { timeout: LIMIT_MS }, async () => {
    const { checks } = await remembering;
    expect(checks.filter(({ result }) => result !== 'pass').map(({ id, result }) => `${id} ${result}`)).toEqual(['I-2 notApplicable']);
  });

  test('and has no memory of results passes that one too', { timeout: LIMIT_MS }, async () => {
    const { checks } = await forgetful;
    expect(checks.map(({ id, result }) => `${id} ${result}`)).toEqual(['I-1 notApplicable', 'I-2 pass', 'I-3 pass']);
  });
});

describe('a host that breaks one rule', () => {
  const faults = Object.entries(FAULTS).map(([rule, fault]) => {
    const expected = Object.entries(IMPLIED_BY).find(([implied]) => implied === rule)?.[1] ?? rule;
    return { rule, fault, expected, report: check(rule, surroundingsOf(rule), ['--break', rule]) };
  });

  test.each(faults)('$rule is caught: $fault', { timeout: LIMIT_MS }, async ({ rule, expected, report }) => {
    const told = await report;
    const judged = told.checks.find(({ id }) => id === expected);
    expect(judged).toMatchObject({ result: judged?.level === 'MUST' ? 'fail' : 'warn' });
    expect(troubles(told)).toEqual([`${expected}: ${judged?.came}`]);
    const unreached = told.checks.filter((one) => one.result === 'notReached');
    expect(unreached.filter(({ cause }) => cause !== expected)).toEqual([]);
    if (rule !== expected) expect(unreached.map(({ id }) => id)).toContain(rule);
  });
});
