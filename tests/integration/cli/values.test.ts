import type { ControlResult } from '@andon/protocol';
import { expect, test } from 'vitest';
import { andon, fakeDaemon, type Ran } from './run-andon.ts';
import type { FakeDaemon } from './fake-daemon.ts';

const SCHEMA = {
  type: 'object',
  properties: {
    text: { type: 'string' },
    maybe: { type: ['string', 'null'] },
    port: { type: 'integer' },
    args: { type: 'array' },
    map: { type: 'object' },
    free: {},
  },
};

async function withType(args: readonly string[]): Promise<{ ran: Ran; daemon: FakeDaemon }> {
  const { folder, daemon } = await fakeDaemon({
    typeShow: ({ name }) => typeShown(name),
    resourceAdd: () => ({ warnings: [] }),
    resourceShow: ({ name }) => resourceShown(name),
    resourceSet: () => ({ effect: 'stored, takes effect at next online', warnings: [] }),
  });
  return { ran: await andon(args, folder), daemon };
}

function typeShown(name: string): ControlResult<'typeShow'> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the fake daemon parses it
  return {
    name,
    command: ['/bin/true'],
    jsonSchema: SCHEMA,
    builtIn: false,
    source: null,
    resources: [],
    hosts: [],
  } as unknown as ControlResult<'typeShow'>;
}

function resourceShown(name: string): ControlResult<'resourceShow'> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the fake daemon parses it
  return { definition: { name, type: 'worker' }, source: null, status: STATUS } as unknown as ControlResult<'resourceShow'>;
}
const STATUS = { ...(await import('./fake-daemon.ts')).resourceStatus('mail') };

test('a value is typed by what the type declares of it, else by its look', async () => {
  const set = [
    'text=007',
    'maybe=null',
    'port=80',
    'args=["a","b"]',
    'map={"a":1}',
    'free=true',
    'other="7"',
    'plain=hello',
    'empty=',
    'eq=a=b',
  ];
  const { daemon, ran } = await withType(['resource', 'add', 'mail', '--type', 'worker', ...set.flatMap((word) => ['--set', word])]);
  expect(ran).toMatchObject({
    code: 0,
    stderr: 'resource mail added; bring it online with: andon online mail\n',
  });
  expect(daemon.sent('resourceAdd')).toMatchObject([
    {
      resource: {
        set: {
          text: '007',
          maybe: null,
          port: 80,
          args: ['a', 'b'],
          map: { a: 1 },
          free: true,
          other: '7',
          plain: 'hello',
          empty: '',
          eq: 'a=b',
        },
      },
    },
  ]);
});

test('an array that is no JSON is refused with an example', async () => {
  const { ran, daemon } = await withType(['resource', 'add', 'mail', '--type', 'worker', '--set', 'args=a,b']);
  expect(ran.code).toBe(2);
  expect(ran.stderr).toContain('--set args is an array, and "a,b" is not one in JSON.');
  expect(ran.stderr).toContain(`--set args='["a","b"]'`);
  expect(daemon.sent('resourceAdd')).toEqual([]);
});

test('everything else a resource can be given', async () => {
  const { daemon } = await withType([
    'resource',
    'add',
    'web',
    '--type',
    'worker',
    '--group',
    'shop',
    '--depends-on',
    '[db]',
    '--separate-monitor',
    '--property',
    'RestartThreshold=5',
    '--property',
    'RestartAction=DontRestart',
  ]);
  expect(daemon.requests).toEqual([
    {
      method: 'resourceAdd',
      params: {
        resource: {
          name: 'web',
          type: 'worker',
          group: 'shop',
          dependsOn: '[db]',
          set: {},
          properties: { RestartThreshold: 5, RestartAction: 'DontRestart', SeparateMonitor: true },
        },
      },
    },
  ]);
});

test('resource set sends only what was said, and tells when it takes effect', async () => {
  const { daemon, ran } = await withType([
    'resource',
    'set',
    'mail',
    '--set',
    'text=1',
    '--unset',
    'port',
    '--property',
    'RestartThreshold=null',
    '--no-group',
    '--depends-on',
    '',
  ]);
  expect(ran.stderr).toBe('resource mail changed: stored, takes effect at next online\n');
  expect(daemon.sent('resourceSet')).toEqual([
    {
      name: 'mail',
      set: { text: '1' },
      unset: ['port'],
      properties: { RestartThreshold: null },
      group: null,
      dependsOn: '',
    },
  ]);
});
