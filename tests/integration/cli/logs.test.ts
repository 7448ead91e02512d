import { expect, test } from 'vitest';
import { TestDaemon } from '../../support/daemon.ts';

test('the logs of a resource are what its program printed; --host shows what its host did', async () => {
  const daemon = await TestDaemon.start();
  const failed = daemon.client.event(({ kind, resource }) => kind === 'failed' && resource === 'job');
  const program = { command: 'sh', args: ['-c', 'echo to the output; echo to the errors >&2; exit 3'] };
  await daemon.client.request('resourceAdd', {
    resource: { name: 'job', type: 'generic-application', set: program, properties: { RestartAction: 'DontRestart' } } as never,
  });
  await daemon.client.request('online', { names: ['job'] });
  await failed;
  expect((await daemon.andon('logs', 'job')).stdout).toBe('to the output\nto the errors\n');
  const document = JSON.parse((await daemon.andon('logs', 'job', '--json')).stdout) as { host: string; path: string };
  expect(document).toEqual({
    host: 'builtin',
    path: expect.stringMatching(/\/logs\/applications\/job\.log$/) as string,
    lines: ['to the output', 'to the errors'],
  });
  const { stdout } = await daemon.andon('logs', 'job', '--host', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ host: 'builtin', path: expect.stringMatching(/\/logs\/hosts\/builtin\.log$/) as string });
});

test('of what has printed nothing that is said', async () => {
  const daemon = await TestDaemon.start();
  const set = { command: 'sleep', args: ['600'], env: { ANDON_STATE_DIR: `${daemon.folder}/state` } };
  await daemon.client.request('resourceAdd', { resource: { name: 'quiet', type: 'generic-application', set } });
  await daemon.online('quiet');
  const { stdout, stderr } = await daemon.andon('logs', 'quiet');
  expect(stdout).toBe('');
  expect(stderr).toContain(`The program of quiet has printed nothing yet (${daemon.folder}/state/logs/applications/quiet.log).`);
  expect((await daemon.andon('logs', 'quiet', '--host')).stderr).toContain('Host builtin has printed nothing yet');
});

test('a resource whose host runs no program has the logs of its host', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('scripted');
  await daemon.add('a', 'scripted');
  await daemon.online('a');
  expect(JSON.parse((await daemon.andon('logs', 'a', '--json')).stdout)).toMatchObject({
    host: 'scripted',
    path: expect.stringMatching(/\/logs\/hosts\/scripted\.log$/) as string,
  });
  expect((await daemon.andon('logs', 'scripted')).code).toBe(0);
});
