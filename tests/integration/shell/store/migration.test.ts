import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { SqliteStore } from '../../../../daemon/src/shell/store/sqlite-store.ts';
import { SystemClock } from '../../../../daemon/src/shell/system-clock.ts';
import { TestDaemon } from '../../../support/daemon.ts';
import { happened } from '../../../support/history.ts';
import { temporaryFolder } from '../../../support/temporary.ts';
import { configure, held, sleeper } from '../../configuration/support.ts';

/** A store as andon wrote it before definitions had a source: a type, a group, two resources, one of them wanted Online. */
const VERSION_1 = readFileSync(join(import.meta.dirname, 'version-1.sql'), 'utf8');

function storeOfVersion1(path: string): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(path);
  database.exec(VERSION_1);
  database.close();
  return path;
}

test('a store of version 1 keeps everything, and learns to remember sources', () => {
  const path = storeOfVersion1(join(temporaryFolder(), 'andon.db'));
  const open = (): SqliteStore => {
    const opened = new SqliteStore(path, new SystemClock());
    onTestFinished(() => opened.close());
    return opened;
  };
  const store = open();

  expect(store.epoch).toBe(2);
  expect(store.configuration()).toMatchObject({
    types: [{ name: 'worker', command: ['/bin/true'] }],
    groups: [{ name: 'front', description: 'what users see' }],
    resources: [{ name: 'web' }, { name: 'job', dependsOn: '[web]', properties: { RestartThreshold: 7 } }],
  });
  expect(store.instances()).toMatchObject([{ name: 'web', wanted: 'Online', incarnation: 1 }]);
  expect(store.events({ limit: 100 })).toHaveLength(14);
  expect(store.sources()).toEqual([]);

  store.changeConfiguration({
    sources: [
      { what: 'type', name: 'worker', file: '/etc/andon/types.d/worker.toml' },
      { what: 'resource', name: 'web', file: '/etc/andon/resources.d/web.toml' },
    ],
  });
  store.close();
  const again = open();
  expect(again.sources()).toEqual([
    { what: 'type', name: 'worker', file: '/etc/andon/types.d/worker.toml' },
    { what: 'resource', name: 'web', file: '/etc/andon/resources.d/web.toml' },
  ]);
  again.close();

  const database = new DatabaseSync(path);
  onTestFinished(() => database.close());
  expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 2 });
});

test('a daemon goes on with the store of the one before it, and a file takes over what was in it', async () => {
  const daemon = new TestDaemon();
  onTestFinished(() => daemon.end());
  storeOfVersion1(join(daemon.folder, 'state', 'andon.db'));
  const file = configure(daemon, 'resources.d/web.toml', sleeper('web', 'group = "front"\n'));

  await daemon.up();

  await happened(daemon, ({ kind, resource }) => kind === 'online' && resource === 'web');
  expect(await held(daemon)).toEqual({ types: ['worker'], groups: ['front'], resources: ['job', 'web'], online: ['web'] });
  expect((await daemon.client.request('resourceShow', { name: 'web' })).source).toBe(file);
  expect((await daemon.client.request('resourceShow', { name: 'job' })).source).toBeNull();
});
