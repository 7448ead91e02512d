import { chmodSync, copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TypeName } from '@andon/protocol';
import { expect, test } from 'vitest';
import { SCRIPTED_HOST, TestDaemon } from '../support/daemon.ts';

const isRoot = process.getuid?.() === 0;
const nobody = /^nobody:[^:]*:(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'))?.[1];

test.skipIf(!isRoot || nobody === undefined)(
  'a host runs as the user of its type: its process, its pipe, its way to the daemon (needs root and a user "nobody")',
  async () => {
    const daemon = await TestDaemon.start();
    chmodSync(daemon.folder, 0o711);
    // The checkout may lie where nobody may look; the test's own folder does not.
    const node = join(daemon.folder, 'node');
    const host = join(daemon.folder, 'host.ts');
    copyFileSync(process.execPath, node);
    copyFileSync(SCRIPTED_HOST, host);
    writeFileSync(daemon.journalPath, '', { mode: 0o666 });
    chmodSync(daemon.journalPath, 0o666);
    const command = [node, host, '--journal', daemon.journalPath];
    await daemon.client.request('typeRegister', {
      type: { name: TypeName.parse('guest'), command, properties: { user: 'nobody' }, cwd: '/' },
    });
    await daemon.add('web', 'guest');
    await daemon.online('web');

    const { monitorProcessId } = await daemon.status('web');
    expect(statSync(`/proc/${monitorProcessId}`).uid).toBe(Number(nobody));
    const pipe = statSync(join(daemon.folder, 'run/ev/guest'));
    expect([pipe.isFIFO(), pipe.uid, pipe.mode & 0o777]).toEqual([true, Number(nobody), 0o600]);

    await daemon.do('web', { action: 'write', text: 'web@1 gone\n' });
    await daemon.client.event((event) => event.kind === 'online' && event.incarnation === 2);
  },
);

test('a type whose user does not exist says so, and starts nothing', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('ghost', { user: 'no-such-user' });
  await daemon.add('web', 'ghost');
  const { code, stderr } = await daemon.andon('online', 'web');
  expect(code).toBe(5);
  expect(stderr).toContain('no-such-user');
  expect(daemon.journal()).toEqual([]);
});
