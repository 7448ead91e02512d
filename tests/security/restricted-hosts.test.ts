import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { TestDaemon } from '../support/daemon.ts';
import { hasPrograms } from '../support/toolchain.ts';
import { daemonWithGuest } from './guest.ts';
import { isRoot } from './other-user.ts';

/** A line of /proc/PID/status or /proc/PID/limits, its words after the name. */
function words(pid: number | null, file: 'status' | 'limits', name: string): string[] {
  const line = readFileSync(`/proc/${pid}/${file}`, 'utf8')
    .split('\n')
    .find((text) => text.startsWith(name));
  return (line ?? '').slice(name.length).trim().split(/\s+/);
}

async function hostOfNobody(properties: Record<string, unknown>): Promise<number | null> {
  return (await (await daemonWithGuest(properties)).status('web')).monitorProcessId;
}

test.skipIf(!isRoot || !hasPrograms('setpriv'))(
  'a host of another user has its groups, no capability, and gains no privileges (needs root and setpriv)',
  async () => {
    const pid = await hostOfNobody({});
    const groups = execFileSync('id', ['-G', 'nobody'], { encoding: 'utf8' }).trim().split(' ');
    expect(words(pid, 'status', 'NoNewPrivs:')).toEqual(['1']);
    expect(words(pid, 'status', 'Groups:').toSorted()).toEqual(groups.toSorted());
    for (const set of ['CapEff:', 'CapPrm:', 'CapAmb:']) expect(words(pid, 'status', set), set).toEqual(['0000000000000000']);
    expect(new Set(words(pid, 'status', 'Uid:')).size).toBe(1);
  },
);

test.skipIf(!isRoot || !hasPrograms('setpriv'))(
  'noNewPrivileges = false leaves sudo to a host of another user (needs root and setpriv)',
  async () => {
    expect(words(await hostOfNobody({ noNewPrivileges: false }), 'status', 'NoNewPrivs:')).toEqual(['0']);
  },
);

test.skipIf(!hasPrograms('prlimit', 'setpriv'))('a host has the limits of its type (needs prlimit and setpriv)', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('narrow', { noNewPrivileges: true, limits: { nofile: 256, core: 0, cpu: 3600 } });
  await daemon.add('web', 'narrow');
  await daemon.online('web');
  const { monitorProcessId: pid } = await daemon.status('web');
  expect(words(pid, 'limits', 'Max open files').slice(0, 2)).toEqual(['256', '256']);
  expect(words(pid, 'limits', 'Max core file size').slice(0, 2)).toEqual(['0', '0']);
  expect(words(pid, 'limits', 'Max cpu time').slice(0, 2)).toEqual(['3600', '3600']);
  expect(words(pid, 'status', 'NoNewPrivs:')).toEqual(['1']);
});
