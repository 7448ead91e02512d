import { type ControlResult, AndonError, type ResourceStatus } from '@andon/protocol';
import { describe, expect, test } from 'vitest';
import { type FakeDaemon, resourceStatus, statusDocument } from './fake-daemon.ts';
import { andon, fakeDaemon, startAndon } from './run-andon.ts';

type Look = readonly ResourceStatus[];
const ONLINE = { state: 'Online', phase: 'online', settled: true } as const;
const OFFLINE = { state: 'Offline', phase: 'offline', settled: true, contract: null } as const;
const STARTING = { state: 'OnlinePending', phase: 'onlinePending', settled: false, contract: null } as const;
const FAILED = {
  state: 'Failed',
  phase: 'failed',
  settled: true,
  contract: null,
  lastFailure: { at: '2026-11-22T12:00:00.000Z', reason: 'disk gone', source: 'failureRecord' },
} as const;
const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();

/** A daemon whose resources look like the first of `looks`, then, an event later, like the next, and so on. */
async function changing(...looks: readonly Look[]): Promise<{ daemon: FakeDaemon; folder: string }> {
  let at = 0;
  const started = await fakeDaemon({
    online: ({ names = [] }) => ({ names, alsoWanted: [] }),
    offline: ({ names = [] }) => ({ names, dependents: [] }),
    status: ({ names = [] }): ControlResult<'status'> => {
      const look = looks[at] ?? [];
      if (at < looks.length - 1) {
        at++;
        setImmediate(() => started.daemon.emit('statusReported', { checkpoint: at }));
      }
      return statusDocument(look.filter(({ name }) => names.includes(name)));
    },
  });
  return started;
}

describe('online waits for the settled state', () => {
  test('Online: 0, and says so on standard error only', async () => {
    const { folder, daemon } = await changing([resourceStatus('a', STARTING)], [resourceStatus('a', ONLINE)]);
    const ran = await andon(['online', 'a'], folder);
    expect(ran).toMatchObject({ code: 0, stdout: '', stderr: 'a is Online (event handle)\n' });
    expect(daemon.sent('online')).toEqual([{ names: ['a'], clearHang: false }]);
  });

  test('it follows events before it asks, so that none is missed', async () => {
    const { folder, daemon } = await changing([resourceStatus('a', ONLINE)]);
    await andon(['online', 'a'], folder);
    expect(daemon.requests.map(({ method }) => method)).toEqual(['follow', 'online', 'status']);
  });

  test('Failed: 1, with the reason and where to look', async () => {
    const { folder } = await changing([resourceStatus('a', STARTING)], [resourceStatus('a', FAILED)]);
    const ran = await andon(['online', 'a'], folder);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toBe('andon: Resource "a" is Failed, not Online: disk gone.\nSee: andon events --resource a\n');
  });

  test('a restart that is scheduled is waited for', async () => {
    const restarting = resourceStatus('a', { ...FAILED, phase: 'restartDelay', nextAttemptAt: inMs(500) });
    const { folder } = await changing([restarting], [resourceStatus('a', STARTING)], [resourceStatus('a', ONLINE)]);
    expect((await andon(['online', 'a'], folder)).code).toBe(0);
  });

  test('the retry after RetryPeriodOnFailure is not waited for', async () => {
    const { folder } = await changing([resourceStatus('a', { ...FAILED, nextAttemptAt: inMs(3_600_000) })]);
    expect((await andon(['online', 'a'], folder)).code).toBe(1);
  });

  test('with --wait a restart after the wait is none', async () => {
    const restarting = resourceStatus('a', {
      ...FAILED,
      phase: 'restartDelay',
      nextAttemptAt: inMs(3_600_000),
    });
    const { folder } = await changing([restarting]);
    expect((await andon(['online', 'a', '--wait', '60'], folder)).code).toBe(1);
  });

  test('the wait expires: 1', async () => {
    const { folder } = await changing([resourceStatus('a', { ...STARTING, statusText: 'loading index' })]);
    const ran = await andon(['online', 'a', '--wait', '0.2'], folder);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('"a" is OnlinePending, not Online: 0.2 s were not enough; loading index.');
  });

  test('--wait 0 asks and looks at nothing', async () => {
    const { folder, daemon } = await changing([resourceStatus('a', STARTING)]);
    const ran = await andon(['online', 'a', '--wait', '0', '--json'], folder);
    expect(ran.code).toBe(0);
    expect(ran.json()).toEqual({ ok: true, names: ['a'], alsoWanted: [] });
    expect(daemon.requests.map(({ method }) => method)).toEqual(['online']);
  });

  test('--clear-hang goes to the daemon', async () => {
    const { folder, daemon } = await changing([resourceStatus('a', ONLINE)]);
    await andon(['online', 'a', '--clear-hang'], folder);
    expect(daemon.sent('online')).toEqual([{ names: ['a'], clearHang: true }]);
  });
});

describe('trouble and refusal', () => {
  test('host trouble: 5, at once, though a start is scheduled', async () => {
    const trouble = {
      ...FAILED,
      phase: 'awaitingHost',
      settled: true,
      nextAttemptAt: inMs(1000),
      hostTrouble: 'spawn ENOENT',
    } as const;
    const { folder } = await changing([resourceStatus('a', trouble)]);
    const ran = await andon(['online', 'a'], folder);
    expect(ran.code).toBe(5);
    expect(ran.stderr).toContain('Resource "a" has no working host: spawn ENOENT.\nSee: andon logs worker');
  });

  test('refused: 4, in the words of the daemon', async () => {
    const { folder } = await fakeDaemon({
      online: () => {
        throw new AndonError('unknownResource', { name: 'mial', suggestion: ' Did you mean "mail"?' });
      },
    });
    const ran = await andon(['online', 'mial'], folder);
    expect(ran.code).toBe(4);
    expect(ran.stderr).toBe('andon: There is no resource "mial". Did you mean "mail"?\nSee: andon resource list\n');
  });

  test('of several names the highest code, and each is told of', async () => {
    const look = [
      resourceStatus('a', ONLINE),
      resourceStatus('b', FAILED),
      resourceStatus('c', { ...FAILED, hostTrouble: 'host quarantined' }),
    ];
    const { folder } = await changing(look);
    const ran = await andon(['online', 'a', 'b', 'c'], folder);
    expect(ran.code).toBe(5);
    expect(ran.stderr).toContain('a is Online');
    expect(ran.stderr).toContain('"b" is Failed');
    expect(ran.stderr).toContain('"c" has no working host');
  });

  test('with --json: the worst error and every resource', async () => {
    const look = [resourceStatus('a', ONLINE), resourceStatus('b', FAILED)];
    const { folder } = await changing(look);
    const ran = await andon(['online', 'a', 'b', '--json'], folder);
    expect(ran.code).toBe(1);
    expect(ran.json()).toEqual({
      ok: false,
      error: {
        code: 'notReached',
        message: 'Resource "b" is Failed, not Online: disk gone.',
        remedy: 'See: andon events --resource b',
      },
      names: ['a', 'b'],
      alsoWanted: [],
      resources: look,
    });
  });

  test('the daemon ends while somebody waits: 3', async () => {
    const { folder, daemon } = await changing([resourceStatus('a', STARTING)]);
    const running = startAndon(['online', 'a'], folder);
    await daemon.received('status');
    daemon.disconnectAll();
    expect((await running.ended()).code).toBe(3);
  });
});

describe('providers', () => {
  const waiting = (name: string, ...waitingFor: string[]): ResourceStatus => resourceStatus(name, { ...OFFLINE, waitingFor });

  test('waiting for a provider that has settled otherwise is settled, and says so', async () => {
    const { folder } = await changing([waiting('web', 'db'), resourceStatus('db', FAILED)]);
    const ran = await andon(['online', 'web'], folder);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('"web" is Offline, not Online: it is waiting for db, which is Failed.');
  });

  test('waiting for a provider that is on its way is not', async () => {
    const { folder } = await changing(
      [waiting('web', 'db'), resourceStatus('db', STARTING)],
      [resourceStatus('web', ONLINE), resourceStatus('db', ONLINE)],
    );
    expect((await andon(['online', 'web'], folder)).code).toBe(0);
  });

  test('of alternatives one on its way is enough to wait', async () => {
    const { folder } = await changing(
      [waiting('web', 'a', 'b'), resourceStatus('a', FAILED), resourceStatus('b', STARTING)],
      [resourceStatus('web', ONLINE)],
    );
    expect((await andon(['online', 'web'], folder)).code).toBe(0);
  });

  test('a chain that ends in one that has settled is settled', async () => {
    const { folder, daemon } = await changing([waiting('web', 'api'), waiting('api', 'db'), resourceStatus('db', FAILED)]);
    const ran = await andon(['online', 'web'], folder);
    expect(ran.code).toBe(1);
    expect(daemon.sent('status').at(-1)).toEqual({ names: ['web', 'api', 'db'] });
  });

  test('what was set wanted besides is said', async () => {
    const { folder } = await fakeDaemon({
      online: () => ({ names: ['web'], alsoWanted: ['db', 'cache'] }),
      status: () => statusDocument([resourceStatus('web', ONLINE)]),
    });
    const ran = await andon(['online', 'web'], folder);
    expect(ran.stderr).toContain('also set wanted Online: db, cache (providers of web)');
  });
});

describe('offline and groups', () => {
  test('offline waits until it is Offline, and says what goes first', async () => {
    const { folder } = await fakeDaemon({
      offline: () => ({ names: ['db'], dependents: ['web'] }),
      status: () => statusDocument([resourceStatus('db', OFFLINE)]),
    });
    const ran = await andon(['offline', 'db'], folder);
    expect(ran.code).toBe(0);
    expect(ran.stderr).toBe('goes offline first: web (dependent of db)\ndb is Offline\n');
  });

  test('host trouble is no trouble for an offline that has worked', async () => {
    const { folder } = await changing([resourceStatus('a', { ...OFFLINE, hostTrouble: 'spawn ENOENT' })]);
    expect((await andon(['offline', 'a'], folder)).code).toBe(0);
  });

  test('a group is asked for by its name and waited for by those of its resources', async () => {
    const { folder, daemon } = await fakeDaemon({
      online: () => ({ names: ['a', 'b'], alsoWanted: [] }),
      status: () => statusDocument([resourceStatus('a', ONLINE), resourceStatus('b', ONLINE)]),
    });
    expect((await andon(['group', 'online', 'shop'], folder)).code).toBe(0);
    expect(daemon.sent('online')).toEqual([{ group: 'shop', clearHang: false }]);
    expect(daemon.sent('status')).toEqual([{ names: ['a', 'b'] }]);
  });

  test('an empty group is done at once', async () => {
    const { folder } = await fakeDaemon({ online: () => ({ names: [], alsoWanted: [] }) });
    const ran = await andon(['group', 'online', 'shop'], folder);
    expect(ran.code).toBe(0);
    expect(ran.stderr).toContain('the group is empty');
  });
});
