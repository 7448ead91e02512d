import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AndonEvent, TypeName } from '@andon/protocol';
import { expect, test } from 'vitest';
import { TestDaemon } from '../support/daemon.ts';
import { onlineAs } from '../support/records.ts';

/** A type with this command and a resource of it, asked online. Answers the first failure to start. */
async function startFails(daemon: TestDaemon, name: string, command: readonly string[], properties: object = {}): Promise<AndonEvent> {
  await daemon.client.request('typeRegister', {
    type: { name: TypeName.parse(name), command: [...command], properties },
  });
  await daemon.add(`${name}-1`, name);
  await daemon.client.request('online', { names: [`${name}-1`] });
  return daemon.client.event((event) => event.kind === 'hostStartFailed' && event.host === name);
}

async function withNeighbour(): Promise<TestDaemon> {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo');
  return daemon;
}

test('S43: a host that cannot be spawned is told of with its path and the reason, and blocks nobody', async () => {
  const daemon = await withNeighbour();
  const missing = join(daemon.folder, 'no-such-host');
  const plain = join(daemon.folder, 'not-executable');
  writeFileSync(plain, '#!/bin/sh\n');
  const orphaned = join(daemon.folder, 'no-interpreter');
  writeFileSync(orphaned, '#!/no/such/interpreter\n');
  chmodSync(orphaned, 0o755);

  for (const [name, path] of Object.entries({ missing, plain, orphaned })) {
    const failed = await startFails(daemon, name, [path]);
    expect(failed).toMatchObject({ nextAttemptInMs: 1_000 });
    expect(String(failed['reason'])).toContain(name === 'orphaned' ? '/no/such/interpreter' : path);
  }
  await daemon.online('web');
  const status = await daemon.status('missing-1');
  expect(status).toMatchObject({ state: 'Failed', wanted: 'Online' });
  expect(status.hostTrouble).toContain(missing);
});

test('S43: after 1, then 2 seconds it is tried again, and a command that works by then is used', async () => {
  const daemon = await withNeighbour();
  const path = join(daemon.folder, 'later');
  const first = await startFails(daemon, 'late', [path, '--journal', daemon.journalPath]);
  const second = await daemon.client.next('hostStartFailed', null, first.seq);
  expect(second).toMatchObject({ nextAttemptInMs: 2_000 });
  expect(second.monotonicUs - first.monotonicUs).toBeGreaterThanOrEqual(1_000_000);
  const host = join(import.meta.dirname, '../fixtures/hosts/scripted-host.ts');
  writeFileSync(path, `#!/bin/sh\nexec ${process.execPath} ${host} "$@"\n`);
  chmodSync(path, 0o755);
  await onlineAs(daemon, 'late-1', 1);

  expect(await daemon.status('late-1')).toMatchObject({ state: 'Online', hostTrouble: null });
});

test('S43: a host that exits before hello, says nothing or speaks another protocol is told of, ended and tried again', async () => {
  const daemon = await withNeighbour();
  const host = [process.execPath, join(import.meta.dirname, '../fixtures/hosts/scripted-host.ts')];
  const exits = await startFails(daemon, 'exits', [...host, '--before-hello', 'exit']);
  expect(exits['reason']).toBe('exited with code 9 before it said hello');
  const silent = await startFails(daemon, 'silent', [...host, '--before-hello', 'silent'], {
    startTimeoutMs: 300,
  });
  expect(silent['reason']).toContain('said no hello within 300 ms');
  const foreign = await startFails(daemon, 'foreign', [...host, '--protocols', 'andon/9']);
  expect(foreign['reason']).toContain('it speaks andon/9');
  await daemon.online('web');

  for (const [name, { seq }] of Object.entries({ exits, silent })) {
    await daemon.client.event((event) => event.kind === 'hostStarting' && event.host === name && event.seq > seq);
  }
});

test('S58: a process with a wrong token changes nothing, and the host it wanted to be is given up after its time', async () => {
  const daemon = await withNeighbour();
  const host = [process.execPath, join(import.meta.dirname, '../fixtures/hosts/scripted-host.ts')];
  const refused = await startFails(daemon, 'intruder', [...host, '--token', 'wrong'], {
    startTimeoutMs: 500,
  });

  expect(refused['reason']).toMatch(/before it said hello|said no hello/);
  expect(String((await daemon.client.next('helloRefused'))['reason'])).toContain('wrong token for host "intruder"');
  expect(await daemon.status('intruder-1')).toMatchObject({ state: 'Failed', incarnation: 0 });
});
