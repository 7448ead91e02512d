import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { TestDaemon } from './daemon.ts';
import { processesWith } from './leftovers.ts';
import { happened } from './history.ts';

async function pidOf(daemon: TestDaemon, name: string): Promise<number> {
  const { output } = await daemon.client.request('control', { name, code: 'pid' });
  // A shell answers with text.
  return Number(output);
}

/** What a host of `program-1`, in whichever language, has to live through: its program killed, the daemon killed, offline, down. */
export async function livesItsStory(daemon: TestDaemon, manifest: string): Promise<void> {
  expect(await daemon.andon('apply', '-f', manifest)).toMatchObject({ code: 0 });
  await daemon.client.request('resourceSet', { name: 'program-1', properties: { RestartDelay: 10 } });
  await daemon.online('program-1');

  const before = daemon.client.seq;
  process.kill(await pidOf(daemon, 'program-1'), 'SIGKILL');
  expect(await daemon.client.next('failureReported', 'program-1')).toMatchObject({ incarnation: 1, reason: 'killed by SIGKILL' });
  expect(await daemon.client.next('online', 'program-1', before)).toMatchObject({ incarnation: 2 });

  const pid = await pidOf(daemon, 'program-1');
  await daemon.crash();
  await daemon.up();
  await happened(daemon, ({ kind }) => kind === 'hostAdopted');
  expect(await pidOf(daemon, 'program-1')).toBe(pid);

  expect(await daemon.andon('offline', 'program-1')).toMatchObject({ code: 0 });
  expect(processesWith('ANDON_RESOURCE=program-1').filter((found) => found === pid)).toEqual([]);
  await daemon.online('program-1');
  expect(await daemon.andon('down')).toMatchObject({ code: 0 });
  expect(readFileSync(join(daemon.folder, 'state/logs/andond.log'), 'utf8')).not.toContain('hostKilled');
  expect(processesWith(`ANDON_STATE_DIR=${join(daemon.folder, 'state')}`)).toEqual([]);
}
