import { expect, test } from 'vitest';
import { hasPrograms } from '../support/toolchain.ts';
import { daemonWithGuest } from './guest.ts';
import { asAnotherUser, isRoot } from './other-user.ts';

test.skipIf(!isRoot || !hasPrograms('setpriv'))(
  'S58: a host of another user fails no resource of another host, by its event handle or its connection (needs root and setpriv)',
  async () => {
    const daemon = await daemonWithGuest();
    await daemon.scripted('guarded');
    await daemon.add('db', 'guarded');
    await daemon.online('db');
    const outcomes = await asAnotherUser(
      daemon.folder,
      `{
        'own handle': () => fs.appendFileSync(join(folder, 'run/ev/guest'), 'db@1 forged\\ndb forged\\n'),
        'handle of the other': () => fs.appendFileSync(join(folder, 'run/ev/guarded'), 'db@1 forged\\n'),
      }`,
    );
    expect(outcomes).toEqual({ 'own handle': 'done', 'handle of the other': 'EACCES' });
    await daemon.do('web', { action: 'notify', method: 'failed', params: { resourceId: 'db', incarnation: 1, reason: 'forged' } });
    await daemon.client.event(({ kind, why, host }) => kind === 'recordDropped' && why === 'foreign' && host === 'guest');
    // It is judged after all that came before it: a record of its own, by the same pipe.
    const after = daemon.client.seq;
    await daemon.do('web', { action: 'write', text: 'web@1 genuine\n' });
    await daemon.client.next('online', 'web', after);

    expect(await daemon.status('db')).toMatchObject({ state: 'Online', incarnation: 1 });
    expect(daemon.calls('db')).not.toContain('terminate');
  },
);
