import { expect, test } from 'vitest';
import { TestDaemon } from '../support/daemon.ts';

test('S28: a record in the pipe leads to terminate at once, and to online again under the next incarnation', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo');
  await daemon.online('web');
  await daemon.do('web', { action: 'write', text: 'web@1 disk gone\n' });
  await daemon.client.event((event) => event.kind === 'online' && event.resource === 'web' && event.incarnation === 2);

  expect(daemon.calls('web')).toEqual(['open', 'online', 'resourceControl', 'terminate', 'online']);
  const failed = await daemon.client.next('failureReported', 'web');
  expect(failed).toMatchObject({ reason: 'disk gone', source: 'failureRecord', incarnation: 1 });
});
