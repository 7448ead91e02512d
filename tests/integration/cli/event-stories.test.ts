import { expect, test } from 'vitest';
import { TestDaemon } from '../../support/daemon.ts';
import { happened } from '../../support/history.ts';
import { onlineAs, pipeOf, writeTo } from '../../support/records.ts';
import { startAndon } from './run-andon.ts';

const WORDS = { TZ: 'UTC', LC_ALL: 'C.UTF-8' };

/** What differs from run to run replaced by what it is; without the heading of the day. */
function golden(stdout: string): string {
  const times = stdout
    .replace(/^── .* ──\n/, '')
    .replace(/^\d\d:\d\d:\d\d\.\d{3}/gm, 'TIME')
    .replace(/^ *\+[\d.]+ (ms|s|min) {4}/gm, '  +LAPSE  ')
    .replace(/ \(the last at [^)]+\)/g, '')
    .replace(/\b(after|down|within) [\d.]+ (ms|s|min)/g, '$1 LAPSE');
  return times.replace(/\bpid \d+/g, 'pid PID').replace(/version [\d.]+/, 'version VERSION');
}

async function failures(daemon: TestDaemon, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await daemon.andon('events', '--failures', ...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return golden(stdout);
}

test('a failure that its host told of is one story: what failed, who said so, what was done, how long it took', async () => {
  const daemon = await TestDaemon.start(WORDS);
  await daemon.scripted('worker');
  await daemon.add('web', 'worker');
  await daemon.online('web');
  writeTo(pipeOf(daemon, 'worker'), 'web@1 disk gone\n');
  await onlineAs(daemon, 'web', 2);
  expect(await failures(daemon)).toBe(
    `TIME  ✗ web@1 failed: disk gone (told by its event handle); online again after LAPSE
  +LAPSE  terminate called
  +LAPSE  cleaned up
  +LAPSE  restart in 10 ms (failure 1 of 3 allowed)
  +LAPSE  coming online
  +LAPSE  online again (incarnation 2, event handle), down LAPSE
`,
  );
});

test('a host that is killed is one story with the resources that were lost with it', async () => {
  const daemon = await TestDaemon.start(WORDS);
  await daemon.scripted('worker');
  for (const name of ['a', 'b', 'c']) await daemon.add(name, 'worker');
  await daemon.online('a', 'b', 'c');
  const { hosts } = await daemon.client.request('hostList', {});
  process.kill(hosts.find(({ id }) => id === 'worker')?.pid ?? 0, 'SIGKILL');
  await Promise.all(['a', 'b', 'c'].map((name) => onlineAs(daemon, name, 2)));
  const story = await failures(daemon);
  expect(story.split('\n')[0]).toBe('TIME  ✗ host worker died: killed by SIGKILL, pid PID; all 3 online again after LAPSE');
  expect(story.match(/^TIME/gm)).toHaveLength(1);
  expect(story).toContain('  a@1, b@1, c@1  failed with it\n');
  // On a busy machine they may be too far apart for one line.
  const back = story.split('\n').filter((line) => line.endsWith('  online again (incarnation 2, event handle)'));
  expect(back.flatMap((line) => line.match(/\w@2/g) ?? []).toSorted()).toEqual(['a@2', 'b@2', 'c@2']);
});

test('a call that hangs is one story that names the resource, the call and its limit', async () => {
  const daemon = await TestDaemon.start(WORDS);
  await daemon.scripted('worker', { DeadlockTimeout: 1_000 });
  await daemon.add('stuck', 'worker', { online: 'hang' }, { properties: { RestartAction: 'DontRestart' } });
  await daemon.add('fine', 'worker');
  await daemon.online('fine');
  await daemon.client.request('online', { names: ['stuck'] });
  await onlineAs(daemon, 'fine', 2);
  const story = await failures(daemon);
  expect(story).toMatch(/^TIME {2}✗ host worker hung: stuck had no answer to online within LAPSE; not back yet\n/);
  expect(story.match(/^TIME/gm)).toHaveLength(1);
  expect(story).toContain('fine@2  online again (incarnation 2, event handle)\n');
});

test('a daemon that was killed is one story: its hosts went on, and were taken over', async () => {
  const daemon = await TestDaemon.start(WORDS);
  await daemon.scripted('worker');
  await daemon.add('a', 'worker');
  await daemon.add('b', 'worker');
  await daemon.online('a', 'b');
  await daemon.crash();
  await daemon.up();
  for (const name of ['a', 'b']) await happened(daemon, ({ kind, resource }) => kind === 'recordDismissed' && resource === name);
  expect(await failures(daemon)).toBe(
    `TIME  ✗ andond ended without a word, by a crash or a kill; version VERSION started after it, pid PID
  +LAPSE  host worker had gone on with 2 resources, pid PID: taken over
  +LAPSE  a@1, b@1  isAlive asked once: a failure record may have been lost with the daemon
  +LAPSE  a@1, b@1  online all the while (event handle)
  +LAPSE  a@1, b@1  is alive
`,
  );
  await daemon.stop();
  await daemon.up();
  expect((await failures(daemon)).match(/^TIME/gm)).toHaveLength(1);
});

test('the newest few, of one resource, of a kind; --plain and --json as ever', async () => {
  const daemon = await TestDaemon.start(WORDS);
  await daemon.scripted('worker');
  await daemon.add('web', 'worker');
  await daemon.online('web');
  for (const incarnation of [1, 2, 3]) {
    writeTo(pipeOf(daemon, 'worker'), `web@${incarnation} number ${incarnation}\n`);
    await onlineAs(daemon, 'web', incarnation + 1);
  }
  expect((await failures(daemon, '-n', '2')).match(/number \d/g)).toEqual(['number 2', 'number 3']);
  const kinds = await daemon.andon('events', '--json', '-n', '2', '--kind', 'terminated', '--kind', 'online', '--resource', 'web');
  expect(JSON.parse(kinds.stdout)).toMatchObject({
    events: [
      { kind: 'terminated', incarnation: 3 },
      { kind: 'online', incarnation: 4 },
    ],
  });
  const plain = await daemon.andon('events', '--plain', '-n', '1');
  expect(plain.stdout).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} {2}web@4 {2}Online \(event handle\)/);
  expect((await daemon.andon('events', '--resource', 'web', '--resource', 'wbe')).stderr).toContain(
    'There is no resource "wbe". Did you mean "web"?',
  );
  expect((await daemon.andon('events', '--kind', 'onlin')).stderr).toContain('There is no kind of event "onlin". Did you mean "online"?');
  expect((await daemon.andon('events', '--until', '00:00', '--since', '2026-01-01')).code).toBe(0);
});

test('--follow tells each step as it comes, and of whom', async () => {
  const daemon = await TestDaemon.start(WORDS);
  await daemon.scripted('worker');
  await daemon.add('web', 'worker');
  await daemon.online('web');
  const following = startAndon(['events', '--follow', '--since', '1d'], daemon.folder, { env: daemon.env });
  await following.says('Online (event handle)');
  writeTo(pipeOf(daemon, 'worker'), 'web@1 disk gone\n');
  await following.says('down ');
  await daemon.crash();
  const { stdout, code } = await following.ended();
  expect(code).toBe(3);
  expect(golden(stdout.slice(stdout.indexOf('\n', stdout.indexOf('Online (event')) + 1))).toBe(
    `TIME  ✗ web@1 failed: disk gone (told by its event handle)
  +LAPSE  web@1  terminate called
  +LAPSE  web@1  cleaned up
  +LAPSE  web@1  restart in 10 ms (failure 1 of 3 allowed)
  +LAPSE  web@2  coming online
  +LAPSE  web@2  online again (incarnation 2, event handle), down LAPSE
`,
  );
});
