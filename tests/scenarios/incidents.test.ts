import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Incident } from '@andon/protocol';
import { expect } from 'vitest';
import { waitingTest } from '../support/at-end.ts';
import { TestDaemon } from '../support/daemon.ts';
import { happened } from '../support/history.ts';

const folderOf = (daemon: TestDaemon): string => join(daemon.folder, 'state', 'incidents');
const unanswered = (request: Promise<unknown>): void => void request.catch(() => undefined);

/** The next incident that this host leaves, read from its file. */
async function incidentOf(daemon: TestDaemon, host: string, afterSeq = 0): Promise<Incident> {
  const recorded = await daemon.client.event((event) => event.kind === 'incidentRecorded' && event.host === host && event.seq > afterSeq);
  return Incident.parse(JSON.parse(readFileSync(join(folderOf(daemon), `${String(recorded['incident'])}.json`), 'utf8')));
}

waitingTest('a host killed for a deadlock leaves the call, its limit, its process before the kill, events and log', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo', { DeadlockTimeout: 1_000 });
  await daemon.add('web', 'demo', {}, { set: { script: {}, password: 'hunter2' } });
  await daemon.add('other', 'demo');
  await daemon.online('web', 'other');
  unanswered(daemon.do('web', { action: 'hang' }));
  const incident = await incidentOf(daemon, 'demo');
  const killed = await daemon.client.next('hostKilled');

  expect(incident).toMatchObject({
    reason: 'deadlock',
    why: 'resourceControl of "web" had no answer within 1000 ms',
    host: 'demo',
    pid: killed['pid'],
    command: expect.arrayContaining([process.execPath]),
    user: null,
    end: { kind: 'signalled', signal: 'SIGKILL', code: null },
    done: { killScope: 'tree' },
    culprits: ['web'],
    calls: [{ method: 'resourceControl', resource: 'web', incarnation: 1, limitMs: 1_000 }],
    seq: killed.seq,
    alike: { count: 0, lastAt: null },
  });
  expect(incident.calls[0]?.elapsedMs).toBeGreaterThanOrEqual(1_000);
  expect(incident.resources).toEqual(
    expect.arrayContaining(['web', 'other'].map((name) => ({ name, type: 'demo', state: 'Online', incarnation: 1 }))),
  );
  expect(incident.events.at(-1)).toMatchObject({ seq: killed.seq, kind: 'hostKilled' });
  expect(incident.events.map(({ kind }) => kind)).toContain('deadlock');
  expect(incident.process).toMatchObject({ state: expect.stringMatching(/^[SR]$/), openFiles: expect.any(Number) });
  expect(incident.process?.files['status']).toContain(`Pid:\t${String(killed['pid'])}`);
  expect(incident.process?.threads.length).toBeGreaterThan(1);
  expect(JSON.stringify(incident)).not.toContain('hunter2');
  const mode = (path: string): number => statSync(path).mode & 0o777;
  expect(mode(folderOf(daemon))).toBe(0o700);
  expect(mode(join(folderOf(daemon), `${incident.id}.json`))).toBe(0o600);
  expect(readdirSync(folderOf(daemon))).toEqual([`${incident.id}.json`]);
});

waitingTest('andon incidents tells what happened, what it means, and what became of the resources; also without a daemon', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo', { DeadlockTimeout: 1_000 });
  await daemon.add('web', 'demo');
  await daemon.online('web');
  unanswered(daemon.do('web', { action: 'hang' }));
  const { id, pid } = await incidentOf(daemon, 'demo');
  await daemon.client.event(({ kind, resource, incarnation }) => kind === 'online' && resource === 'web' && incarnation === 2);

  const shown = await daemon.andon('incidents', 'show');
  expect(shown).toMatchObject({ code: 0, stderr: '' });
  expect(shown.stdout).toContain(`Host demo (pid ${pid}) was killed: resourceControl of "web" had no answer for 1 s; its limit is 1 s.`);
  expect(shown.stdout).toMatch(/It was idle \(\w*poll\w*\): it has forgotten the call/);
  expect(shown.stdout).toMatch(/web@1 +demo +Online +charged +Failed: .*deadlock.*; Online \(event handle\), \d+ m?s later/);
  expect(shown.stdout).toContain('deadlock: resourceControl (type demo)');
  expect((await daemon.andon('events')).stdout).toContain(`evidence kept, see: andon incidents show ${id}`);

  await daemon.stop();
  const listed = await daemon.andon('incidents', 'list', '--resource', 'web', '--json');
  expect(JSON.parse(listed.stdout)).toMatchObject({ incidents: [{ id, host: 'demo', reason: 'deadlock', culprits: ['web'] }] });
  expect(JSON.parse((await daemon.andon('incidents', 'list', '--host', 'other', '--json')).stdout)).toMatchObject({ incidents: [] });
  expect((await daemon.andon('incidents', 'show', id.slice(0, -2))).stdout).toContain('unknown: no daemon answers');
  expect(await daemon.andon('incidents', 'show', 'nothing')).toMatchObject({ code: 4 });
  expect(await daemon.andon('incidents', 'remove', id, 'nothing')).toMatchObject({ code: 4 });
  expect(readdirSync(folderOf(daemon))).toEqual([`${id}.json`]);
  expect(JSON.parse((await daemon.andon('incidents', 'remove', id, '--json')).stdout)).toEqual({ ok: true, removed: [id] });
  expect(readdirSync(folderOf(daemon))).toEqual([]);
});

waitingTest('a host that dies by itself leaves the call it was in; one that is asked to end leaves nothing', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo');
  await daemon.online('web');
  unanswered(daemon.do('web', { action: 'exit', code: 3 }));
  const died = await incidentOf(daemon, 'demo');
  expect(died).toMatchObject({
    reason: 'died',
    end: { kind: 'exited', code: 3, signal: null, how: 'exited with code 3' },
    done: { killScope: null, goneAfterMs: null },
    calls: [{ method: 'resourceControl', resource: 'web', incarnation: 1 }],
    process: null,
  });
  expect(died.events.at(-1)).toMatchObject({ kind: 'hostExited' });

  await daemon.client.event(({ kind, resource, incarnation }) => kind === 'online' && resource === 'web' && incarnation === 2);
  await daemon.client.request('resourceRemove', { name: 'web', force: true });
  await daemon.scripted('again');
  await daemon.add('late', 'again');
  await daemon.online('late');
  await daemon.stop();
  expect(readdirSync(folderOf(daemon))).toEqual([`${died.id}.json`]);
});

waitingTest(
  'a host that cannot be started leaves one incident for a series, one that stays silent one each',
  { timeout: 60_000 },
  async () => {
    const daemon = await TestDaemon.start();
    await daemon.scripted('broken', {}, '--before-hello', 'exit');
    await daemon.scripted('silent', { startTimeoutMs: 300 }, '--before-hello', 'silent');
    await daemon.add('one', 'broken');
    await daemon.add('two', 'silent');
    await daemon.client.request('online', { names: ['one', 'two'] });
    expect(await incidentOf(daemon, 'silent')).toMatchObject({
      reason: 'noHello',
      why: 'said no hello within 300 ms',
      process: { name: expect.any(String) },
    });
    // An administrator who asks does not wait for the back-off.
    let seq = 0;
    for (let start = 1; start < 5; start++) {
      const failed = await daemon.client.event((event) => event.kind === 'hostStartFailed' && event.host === 'broken' && event.seq > seq);
      ({ seq } = failed);
      await daemon.client.request('online', { names: ['one'] });
    }
    expect(await incidentOf(daemon, 'broken')).toMatchObject({
      reason: 'cannotStart',
      why: 'host exited with code 9 before it said hello',
      done: { next: 'host quarantined after 5 deaths in 10 minutes' },
    });
    expect(readdirSync(folderOf(daemon)).filter((name) => name.includes('broken'))).toHaveLength(1);
    const { incidents } = JSON.parse((await daemon.andon('incidents', 'list', '--host', 'broken', '--json')).stdout);
    const shown = await daemon.andon('incidents', 'show', incidents[0].id);
    expect(shown.stdout).toContain('could not be started, five times in a row');
  },
);

waitingTest(
  'a host that stays away without a connection leaves its state; one that outlives its kill is told of while it lives',
  { timeout: 60_000 },
  async () => {
    const daemon = await TestDaemon.start();
    await daemon.scripted('away');
    await daemon.scripted('stuck', { DeadlockTimeout: 1_000, killScope: 'none' });
    await daemon.add('one', 'away');
    await daemon.add('two', 'stuck');
    await daemon.online('one', 'two');
    const { monitorProcessId } = await daemon.status('one');
    // It answers, closes its connection, and does not come back while it lives.
    const disconnected = daemon.client.event(({ kind, host }) => kind === 'hostDisconnected' && host === 'away');
    await daemon.do('one', { action: 'disconnect', awayMs: 600_000 });
    await disconnected;
    process.kill(Number(monitorProcessId), 'SIGSTOP');
    unanswered(daemon.do('two', { action: 'hang' }));
    const stuck = await incidentOf(daemon, 'stuck');
    expect(stuck).toMatchObject({
      reason: 'deadlock',
      end: { kind: 'notGone' },
      done: { killScope: 'none', goneAfterMs: null },
      culprits: ['two'],
    });
    expect(stuck.events.at(-1)).toMatchObject({ kind: 'hostNotGone' });
    process.kill(Number(stuck.pid), 'SIGKILL');
    await daemon.client.event(({ kind, resource, incarnation }) => kind === 'online' && resource === 'two' && incarnation === 2);

    const lost = await incidentOf(daemon, 'away');
    expect(lost).toMatchObject({
      reason: 'lost',
      why: 'stayed away without a connection',
      end: { signal: 'SIGKILL' },
      process: { state: 'T' },
    });
    expect(lost.events.map(({ kind }) => kind)).toContain('hostDisconnected');
    expect(readdirSync(folderOf(daemon))).toHaveLength(2);
  },
);

waitingTest(
  'a host killed while the disk refuses is lost evidence and nothing else, said also after the daemon could not tidy up',
  async ({ expect }) => {
    const daemon = await TestDaemon.start();
    await daemon.andon('down');
    writeFileSync(folderOf(daemon), 'in the way');
    await daemon.up();
    const log = (): string => readFileSync(join(daemon.folder, 'state', 'logs', 'andond.log'), 'utf8');
    await expect.poll(log).toContain('old incidents could not be removed');
    await daemon.scripted('demo', { DeadlockTimeout: 1_000 });
    await daemon.add('web', 'demo');
    await daemon.online('web');
    unanswered(daemon.do('web', { action: 'hang' }));
    await daemon.client.event(({ kind, resource, incarnation }) => kind === 'online' && resource === 'web' && incarnation === 2);
    expect(daemon.client.events.some(({ kind }) => kind === 'incidentRecorded')).toBe(false);
    await expect.poll(log).toContain('an incident is lost');
  },
);

waitingTest(
  'a host that was adopted and dies leaves what the daemon before had written down; being left and adopted leaves nothing',
  async () => {
    const daemon = await TestDaemon.start();
    await daemon.scripted('demo');
    await daemon.add('web', 'demo');
    await daemon.online('web');
    const { monitorProcessId } = await daemon.status('web');
    expect(await daemon.andon('down', '--leave-resources')).toMatchObject({ code: 0 });
    await daemon.up();
    await happened(daemon, ({ kind }) => kind === 'hostAdopted');
    process.kill(Number(monitorProcessId), 'SIGKILL');
    const died = await incidentOf(daemon, 'demo');

    expect(died).toMatchObject({
      reason: 'died',
      pid: monitorProcessId,
      end: { kind: 'gone' },
      resources: [{ name: 'web', state: 'Online' }],
    });
    expect(died.events.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['resourceAdded', 'hostStarted', 'hostAdopted', 'hostExited']),
    );
    expect(readdirSync(folderOf(daemon))).toHaveLength(1);
    expect((await daemon.andon('incidents', 'show')).stdout).toContain('It was adopted from an earlier daemon');
  },
);
