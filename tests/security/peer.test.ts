import { chmodSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { expect, test } from 'vitest';
import { TestDaemon } from '../support/daemon.ts';
import { asAnotherUser, ATTACKER, isRoot } from './other-user.ts';

function tokenOf(pid: number | null): string {
  return /(?:^|\0)ANDON_TOKEN=([^\0]+)/.exec(readFileSync(`/proc/${pid}/environ`, 'utf8'))?.[1] ?? '';
}

test.skipIf(!isRoot || !isBuiltin('node:ffi'))(
  'another user with the token of a host is turned away and named, and the host stays connected (needs root and node:ffi)',
  async () => {
    const daemon = await TestDaemon.start();
    chmodSync(daemon.folder, 0o755);
    await daemon.scripted('guarded');
    await daemon.scripted('beside');
    await daemon.add('web', 'guarded');
    await daemon.add('db', 'beside');
    await daemon.online('web', 'db');
    const before = await daemon.status('web');
    const hello = {
      hostId: 'guarded',
      token: tokenOf(before.monitorProcessId),
      pid: before.monitorProcessId,
      protocols: ['andon/1'],
      sdk: { name: 'x', version: '1', language: 'js' },
      resources: [],
    };
    const outcomes = await asAnotherUser(
      daemon.folder,
      `{ 'says hello': () => say(join(folder, 'run/host.sock'), { type: 'hello', data: ${JSON.stringify(hello)} }) }`,
    );

    expect(String(outcomes['says hello'])).toContain('"unauthorized"');
    const refused = await daemon.client.event(({ kind }) => kind === 'helloRefused');
    expect(JSON.stringify(refused)).toContain(`was started as user ${process.getuid?.()}, and user ${ATTACKER} connected`);
    expect(JSON.stringify(refused)).not.toContain(hello.token);
    const after = await daemon.status('web');
    expect([after.state, after.incarnation, after.monitorProcessId]).toEqual(['Online', before.incarnation, before.monitorProcessId]);
    await daemon.do('web', { action: 'counts' });
    expect(daemon.client.events.filter(({ kind }) => kind === 'hostReconnected' || kind === 'hostDisconnected')).toEqual([]);
  },
);
