import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Configuration } from '@andon/protocol';
import { expect, test } from 'vitest';
import { TestDaemon } from '../../support/daemon.ts';

const NASTY = 'quote " apostrophe \' back\\slash \t tab \u0000 nul \u007f del \u0085 ünï 名前 😀 # = [x] """ \'\'\'\r\nnext';

/** What people and their generators write into a configuration, and worse. */
const CONFIGURATION = {
  types: [
    {
      name: 'zeta',
      description: NASTY,
      command: ['/bin/true', '', NASTY.replaceAll('\u0000', ''), '--x=[1]'],
      env: { 'A b.c': NASTY, EMPTY: '' },
      jsonSchema: {
        type: 'object',
        properties: { proxy: { anyOf: [{ type: 'string' }, { type: 'null' }], default: null }, 'a.b "c"': { const: 'x' } },
      },
      properties: { killScope: 'group', LooksAlivePollInterval: 10 },
    },
    { name: 'alpha', command: ['/bin/true'] },
  ],
  groups: [
    { name: 'z', description: '' },
    { name: 'a', description: 'Größe 名前' },
  ],
  resources: [
    {
      name: 'z:1',
      type: 'alpha',
      group: 'z',
      dependsOn: '[a.b] and ([c_d] or [a.b])',
      set: {
        text: NASTY,
        'key with "quotes".dots': { b: [1, 2, [3, [{ z: 1, a: { deep: true } }]]], a: {} },
        '': 'no name',
        dates: ['2026-11-22', '2026-11-22T10:00:00Z', '10:00'],
        numbers: [0, -1, 1.5, 1e21, 2 ** 53, -(2 ** 53), Number.MAX_SAFE_INTEGER, 5e-324],
        words: ['true', 'inf', 'nan', 'null', '0x10'],
        mixed: [1, 'a', true, { b: [] }],
        tables: [{ z: 1, a: 2 }, { b: [{ c: 1 }] }],
      },
      properties: { RetryPeriodOnFailure: null, RestartThreshold: 0, SeparateMonitor: true, LooksAlivePollInterval: null },
    },
    { name: 'a.b', type: 'alpha', set: { nothing: null, list: [1, null, { x: null }], deep: { a: { b: null } } } },
    { name: 'c_d', type: 'zeta', set: {} },
  ],
  online: ['a.b', 'c_d'],
} as unknown as Configuration;

async function exported(daemon: TestDaemon): Promise<string> {
  const { stdout, stderr, code } = await daemon.andon('export');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

test('export → apply on an empty daemon → export is the same byte for byte, whatever the order it was made in', async () => {
  const first = await TestDaemon.start();
  await first.client.request('apply', { configuration: CONFIGURATION });
  const text = await exported(first);
  const file = join(first.folder, 'all.toml');
  writeFileSync(file, text);

  const second = await TestDaemon.start();
  const applied = await second.andon('apply', '-f', file);
  expect(applied.code, applied.stderr).toBe(0);
  expect(await exported(second)).toBe(text);
  expect(await second.client.request('export', {})).toEqual(await first.client.request('export', {}));
  expect((await second.andon('apply', '-f', file)).stderr).toContain('nothing is to change');

  const third = await TestDaemon.start();
  const turned = {
    types: CONFIGURATION.types.toReversed(),
    groups: CONFIGURATION.groups.toReversed(),
    resources: CONFIGURATION.resources.toReversed(),
    online: CONFIGURATION.online.toReversed(),
  };
  await third.client.request('apply', { configuration: turned });
  expect(await exported(third)).toBe(text);
  expect(text).toContain('online = true');
});

test('export --dir writes a configuration directory that reload takes over without a change', async () => {
  const daemon = await TestDaemon.start();
  await daemon.client.request('apply', { configuration: CONFIGURATION });
  const before = await exported(daemon);
  const etc = join(daemon.folder, 'etc');

  const written = await daemon.andon('export', '--dir', etc, '--json');

  expect(JSON.parse(written.stdout)).toEqual({
    directory: etc,
    files: [
      'types.d/alpha.toml',
      'types.d/zeta.toml',
      'resources.d/_groups.toml',
      'resources.d/a.b.toml',
      'resources.d/c_d.toml',
      'resources.d/z:1.toml',
    ],
  });
  const { steps } = await daemon.client.request('reload', {});
  expect(steps.flatMap(({ changes }) => changes).every((change) => change.startsWith('source: given by command → '))).toBe(true);
  expect(await exported(daemon)).toBe(before);

  const fresh = new TestDaemon(undefined, { ANDON_CONFIG_DIR: etc });
  try {
    await fresh.up();
    expect(await exported(fresh)).toBe(before);
  } finally {
    await fresh.end();
  }
});

test('export --dir replaces its own files and refuses to stand beside others', async () => {
  const daemon = await TestDaemon.start();
  await daemon.client.request('apply', { configuration: CONFIGURATION });
  const folder = join(daemon.folder, 'out');
  await daemon.andon('export', '--dir', folder);
  expect((await daemon.andon('export', '--dir', folder)).stderr).toContain(`wrote 6 files to ${folder}`);
  expect(readdirSync(join(folder, 'resources.d')).sort()).toEqual(['_groups.toml', 'a.b.toml', 'c_d.toml', 'z:1.toml']);
  const other = join(folder, 'types.d', 'mine.toml');
  writeFileSync(other, '# mine\n');
  writeFileSync(join(folder, 'types.d', 'alpha.toml'), '# old\n');

  const refused = await daemon.andon('export', '--dir', folder);

  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain(`${join(folder, 'types.d')} has other manifests: mine.toml.`);
  expect(readFileSync(join(folder, 'types.d', 'alpha.toml'), 'utf8')).toBe('# old\n');
  expect(existsSync(other)).toBe(true);
});
