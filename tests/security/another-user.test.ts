import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TestDaemon } from '../support/daemon.ts';
import { asAnotherUser, isRoot } from './other-user.ts';

/** The folder is open to the attacker, so that only the daemon's own directories and modes stand in the way. */
async function daemonInReach(): Promise<TestDaemon> {
  const daemon = await TestDaemon.start();
  chmodSync(daemon.folder, 0o755);
  await daemon.scripted('guarded');
  await daemon.add('web', 'guarded');
  await daemon.online('web');
  return daemon;
}

test.skipIf(!isRoot)('another user reaches neither administration, nor records, nor files of the daemon (needs root)', async () => {
  const daemon = await daemonInReach();
  const outcomes = await asAnotherUser(
    daemon.folder,
    `{
      'connects to the control socket': () => connect(join(folder, 'run/control.sock')),
      'lists the runtime directory': () => void fs.readdirSync(join(folder, 'run')),
      'lists the event handles': () => void fs.readdirSync(join(folder, 'run/ev')),
      'writes a failure record': () => fs.writeFileSync(join(folder, 'run/ev/guarded'), 'web@1 forged\\n'),
      'reads the event handle': () => void fs.openSync(join(folder, 'run/ev/guarded'), fs.constants.O_RDONLY | fs.constants.O_NONBLOCK),
      'takes the event handle away': () => fs.unlinkSync(join(folder, 'run/ev/guarded')),
      'renames over the event handle': () => fs.renameSync(join(folder, 'run/ev/guarded'), join(folder, 'run/ev/other')),
      'makes an event handle first': () => fs.writeFileSync(join(folder, 'run/ev/next'), ''),
      'opens the lock, to hold it': () => void fs.openSync(join(folder, 'run/andond.lock'), 'r'),
      'takes the control socket away': () => fs.unlinkSync(join(folder, 'run/control.sock')),
      'takes the host socket away': () => fs.unlinkSync(join(folder, 'run/host.sock')),
      'reads the store': () => void fs.readFileSync(join(folder, 'state/andon.db')),
      'reads the log of a host': () => void fs.readFileSync(join(folder, 'state/logs/hosts/guarded.log')),
      'plants a file in the state directory': () => fs.writeFileSync(join(folder, 'state/planted'), ''),
    }`,
  );

  const refused = Object.keys(outcomes).map((attempt) => [attempt, 'EACCES']);
  expect(outcomes).toEqual(Object.fromEntries(refused));
  expect(refused).toHaveLength(14);
  expect(await daemon.status('web')).toMatchObject({ state: 'Online', incarnation: 1 });
});

test.skipIf(!isRoot)('another user is turned away at the host socket, and changes nothing there (needs root)', async () => {
  const daemon = await daemonInReach();
  const before = await daemon.status('web');
  const hello = {
    hostId: 'guarded',
    token: 'a guess',
    pid: 1,
    protocols: ['andon/1'],
    sdk: { name: 'x', version: '1', language: 'js' },
    resources: [],
  };
  const outcomes = await asAnotherUser(
    daemon.folder,
    `{
      'says hello with a guess': () => say(join(folder, 'run/host.sock'), { type: 'hello', data: ${JSON.stringify(hello)} }),
      'asks before hello': () => say(join(folder, 'run/host.sock'), { type: 'request', data: { id: '1', method: 'setStatus', params: {} } }),
    }`,
  );

  for (const outcome of Object.values(outcomes)) expect(String(outcome)).toContain('"goodbye"');
  const after = await daemon.status('web');
  expect([after.state, after.incarnation, after.monitorProcessId]).toEqual([before.state, before.incarnation, before.monitorProcessId]);
});

test('the token of a host stands in its own environment and nowhere else', async () => {
  const daemon = await TestDaemon.start();
  await daemon.client.request('resourceAdd', {
    resource: { name: 'web', type: 'generic-application', set: { command: 'sleep', args: ['3600'] } },
  });
  await daemon.online('web');
  const { monitorProcessId } = await daemon.status('web');
  const token = /(?:^|\0)ANDON_TOKEN=([^\0]+)/.exec(readFileSync(`/proc/${monitorProcessId}/environ`, 'utf8'))?.[1] ?? '';
  expect(token.length).toBeGreaterThanOrEqual(32);

  const application = readFileSync(`/proc/${monitorProcessId}/task/${monitorProcessId}/children`, 'utf8').trim();
  expect(application).toMatch(/^\d+/);
  for (const pid of application.split(' ')) expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toContain(token);
  expect(readFileSync(`/proc/${monitorProcessId}/cmdline`, 'utf8')).not.toContain(token);
  for (const args of [
    ['status', '--json'],
    ['events', '--json'],
    ['host', 'list', '--json'],
    ['export'],
    ['resource', 'show', 'web', '--json'],
  ])
    expect((await daemon.andon(...args)).stdout, args.join(' ')).not.toContain(token);
  for (const log of ['logs/andond.log', 'logs/hosts/builtin.log'])
    expect(readFileSync(join(daemon.folder, 'state', log), 'utf8'), log).not.toContain(token);
});
