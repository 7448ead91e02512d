import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Configuration, type ControlParams } from '@andon/protocol';
import { describe, expect, test } from 'vitest';
import { andon, fakeDaemon, testFolder } from './run-andon.ts';

const GOOD = `# a shop
[[type]]
name = "worker"
command = ["/bin/true", "--fast"]
env = { LANG = "C" }
json-schema = { type = "object", properties = { port = { type = "integer" } } }
property = { killScope = "group" }

[[group]]
name = "shop"
description = "web shop"

[[resource]]
name = "db"
type = "worker"
set = { port = 5432 }

[[resource]]
name = "web"
type = "worker"
group = "shop"
depends-on = "[db]"
separate-monitor = true
[resource.property]
RestartThreshold = 5
RetryPeriodOnFailure = "null"
`;

describe('a complaint names file, line and column', () => {
  test.each([
    {
      what: 'TOML',
      toml: '[[resource]]\nname = "a\n',
      at: '2:10',
      says: 'control characters are not allowed in strings',
    },
    { what: 'a value without quotes', toml: '[type]\nname = worker\n', at: '2:8', says: 'invalid value' },
    {
      what: 'an unknown table',
      toml: '\n[[resorce]]\nname = "a"\n',
      at: '2:3',
      says: 'unknown key "resorce" in the document. Did you mean "resource"?',
    },
    {
      what: 'an unknown key',
      toml: '[[resource]]\nname = "a"\ntype = "t"\n[[resource]]\nname = "b"\ntype = "t"\ndepend-on = "[a]"\n',
      at: '7:1',
      says: 'unknown key "depend-on" in [[resource]] number 2. Did you mean "depends-on"?',
    },
    {
      what: 'a missing key',
      toml: '[[resource]]\nname = "a"\ntype = "t"\n\n[[resource]]\nname = "b"\n',
      at: '5:1',
      says: '[[resource]] number 2 needs the key "type"',
    },
    {
      what: 'an unknown property in its own table',
      toml: '[[resource]]\nname = "a"\ntype = "t"\n[resource.property]\n  RestartTreshold = 5\n',
      at: '5:3',
      says: 'unknown key "RestartTreshold" in [[resource]] number 1, property. Did you mean "RestartThreshold"?',
    },
    {
      what: 'a bad property in an inline table',
      toml: '[[resource]]\nname = "a"\ntype = "t"\nset = { RestartDelay = 1 }\nproperty = { RestartDelay = -1 }\n',
      at: '5:14',
      says: '[[resource]] number 1, property.RestartDelay: ',
    },
    {
      what: 'a bad property of a type',
      toml: '[type]\nname = "t"\ncommand = ["/bin/true"]\nproperty.onSignal = "ignore"\n',
      at: '4:10',
      says: '[[type]] number 1, property.onSignal: ',
    },
    {
      what: 'a bad name',
      toml: '[type]\ncommand = ["/bin/true"]\nname = "a.b"\n',
      at: '3:1',
      says: 'a type name is 1 to 64 of',
    },
    {
      what: 'a date',
      toml: '[[resource]]\nname = "a"\ntype = "t"\n[resource.set]\nwhen = 2026-11-22\n',
      at: '5:1',
      says: '[[resource]] number 1, set.when',
    },
  ])('$what', async ({ toml, at, says }) => {
    const folder = await testFolder();
    await writeFile(join(folder, 'shop.toml'), toml);
    const ran = await andon(['apply', '-f', 'shop.toml', '--json'], folder);
    expect(ran.stderr).toContain(`andon: shop.toml:${at}: `);
    expect(ran.stderr).toContain(says);
    expect(ran.json()).toMatchObject({ ok: false, error: { code: 'badManifest' } });
    expect(ran.code).toBe(2);
  });
});

test('apply shows the plan, then does it', async () => {
  const { folder, daemon } = await fakeDaemon({
    apply: () => ({
      steps: [
        { action: 'create', what: 'type', name: 'worker', effect: '', changes: [] },
        {
          action: 'change',
          what: 'resource',
          name: 'web',
          effect: 'takes effect at next online',
          changes: ['group'],
        },
      ],
      warnings: ['something to know'],
    }),
  });
  await writeFile(join(folder, 'shop.toml'), GOOD);
  const ran = await andon(['apply', '-f', 'shop.toml'], folder);
  expect(ran.code).toBe(0);
  expect(ran.stdout).toMatch(/create +type +worker\nchange +resource +web +group; takes effect at next online/);
  expect(ran.stderr).toBe('warning: something to know\napplied: 1 created, 1 changed, 0 removed, 0 kept\n');
  expect(daemon.sent('apply')).toMatchObject([{ dryRun: true }, { dryRun: false }]);
  expect(configurationOf(daemon.sent('apply')[1])).toMatchObject({
    types: [
      {
        name: 'worker',
        command: ['/bin/true', '--fast'],
        properties: { killScope: 'group' },
        jsonSchema: { type: 'object' },
      },
    ],
    groups: [{ name: 'shop', description: 'web shop' }],
    resources: [
      { name: 'db', dependsOn: '', set: { port: 5432 }, group: null },
      {
        name: 'web',
        dependsOn: '[db]',
        group: 'shop',
        properties: { RestartThreshold: 5, RetryPeriodOnFailure: null, SeparateMonitor: true },
      },
    ],
  });
});

test('--dry-run asks for the plan and nothing else', async () => {
  const { folder, daemon } = await fakeDaemon({ apply: () => ({ steps: [], warnings: [] }) });
  const ran = await andon(['apply', '-f', '-', '--dry-run', '--json'], folder, { stdin: GOOD });
  expect(ran.json()).toEqual({ ok: true, dryRun: true, steps: [], warnings: [] });
  expect(daemon.sent('apply')).toMatchObject([{ dryRun: true }]);
});

test('what export writes, apply reads; and exporting that gives the same bytes', async () => {
  const { folder, daemon } = await fakeDaemon({ apply: () => ({ steps: [], warnings: [] }) });
  await andon(['apply', '-f', '-'], folder, { stdin: GOOD });
  const first = configurationOf(daemon.sent('apply')[0]);
  daemon.answers.export = () => first;
  const exported = await andon(['export'], folder);
  expect(exported).toMatchObject({ code: 0, stderr: '' });
  await andon(['apply', '-f', '-'], folder, { stdin: exported.stdout });
  const second = configurationOf(daemon.sent('apply').at(-1));
  expect(second).toEqual(first);
  daemon.answers.export = () => ({ ...second, resources: second.resources.toReversed() });
  expect((await andon(['export'], folder)).stdout).toBe(exported.stdout);
  expect(exported.stdout).not.toContain('RestartPeriod');
  expect((await andon(['export', '--json'], folder)).json()).toMatchObject({ groups: [{ name: 'shop' }] });
});

test('a configuration longer than a frame reaches the daemon whole', async () => {
  const { folder, daemon } = await fakeDaemon({ apply: () => ({ steps: [], warnings: [] }) });
  const toml = Array.from(
    { length: 6000 },
    (_, index) => `[[resource]]\nname = "r${index}"\ntype = "worker"\nset = { text = "${'ü'.repeat(20)}" }\n`,
  );
  const ran = await andon(['apply', '-f', '-', '--dry-run'], folder, { stdin: toml.join('\n') });
  expect(ran.code).toBe(0);
  expect(configurationOf(daemon.sent('apply')[0]).resources).toHaveLength(6000);
});

function configurationOf(params: unknown): Configuration {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the fake daemon parsed as such
  return Configuration.parse((params as ControlParams<'apply'>).configuration);
}
