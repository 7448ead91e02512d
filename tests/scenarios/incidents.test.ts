import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Incident } from '@andon/protocol';
import { expect, test } from 'vitest';
import { TestDaemon } from '../support/daemon.ts';

const folderOf = (daemon: TestDaemon): string => join(daemon.folder, 'state', 'incidents');
const unanswered = (request: Promise<unknown>): void => void request.catch(() => undefined);

/** The next incident that this host leaves, read from its file. */
async function incidentOf(daemon: TestDaemon, host: string, afterSeq = 0): Promise<Incident> {
  const recorded = await daemon.client.event((event) => event.kind === 'incidentRecorded' && event.host === host && event.seq > afterSeq);
  return Incident.parse(JSON.parse(readFileSync(join(folderOf(daemon), `${String(recorded['incident'])}.json`), 'utf8')));
}

test('a host killed for a deadlock leaves the call, its limit, its process before the kill, events and log', async () => {
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
