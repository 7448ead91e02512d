import { expect, test } from 'vitest';
import { TestDaemon } from '../support/daemon.ts';
import { callsOf } from '../support/host-calls.ts';
import { onlineAs, pipeOf, writeTo } from '../support/records.ts';

test.each(['the same daemon', 'the next daemon'])(
  'S34: a resource that is removed and added again under %s begins above its last incarnation, so that an old record does not mean it',
  async (who) => {
    const daemon = await TestDaemon.start();
    await daemon.scripted('demo');
    await daemon.add('keeper', 'demo');
    await daemon.add('web', 'demo');
    await daemon.online('keeper', 'web');
    await daemon.client.request('resourceRemove', { name: 'web', force: true });
    await daemon.client.next('resourceRemoved', 'web');
    if (who === 'the next daemon') {
      await daemon.crash();
      await daemon.up();
    }
    await daemon.add('web', 'demo');
    await daemon.online('web');
    const before = callsOf(daemon.journal(), 'terminate').length;
    writeTo(pipeOf(daemon, 'demo'), 'web@1 of the old one\nweb@2 of this one\n');
    await onlineAs(daemon, 'web', 3);

    expect(
      callsOf(daemon.journal(), 'terminate')
        .slice(before)
        .map(({ incarnation }) => incarnation),
    ).toEqual([2]);
  },
);
