import { chmodSync, copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TypeName } from '@andon/protocol';
import { SCRIPTED_HOST, TestDaemon } from '../support/daemon.ts';

/** A daemon with the type `guest`, whose host is of the user nobody and lies where that user may look; its resource `web` is Online. */
export async function daemonWithGuest(properties: Record<string, unknown> = {}): Promise<TestDaemon> {
  const daemon = await TestDaemon.start();
  chmodSync(daemon.folder, 0o711);
  const [node, host] = [join(daemon.folder, 'node'), join(daemon.folder, 'host.ts')];
  copyFileSync(process.execPath, node);
  copyFileSync(SCRIPTED_HOST, host);
  writeFileSync(daemon.journalPath, '');
  chmodSync(daemon.journalPath, 0o666);
  const command = [node, host, '--journal', daemon.journalPath];
  const type = { name: TypeName.parse('guest'), command, properties: { user: 'nobody', ...properties }, cwd: '/' };
  await daemon.client.request('typeRegister', { type });
  await daemon.add('web', 'guest');
  await daemon.online('web');
  return daemon;
}
