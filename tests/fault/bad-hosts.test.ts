import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TestDaemon } from '../support/daemon.ts';
import { addBystander, addHost, ofHost } from './support.ts';

interface Unstartable {
  readonly what: string;
  /** Makes the command in this folder. */
  readonly command: (folder: string) => string[];
  readonly why: RegExp;
  /** At registration; the same unless only exec can tell. */
  readonly warning?: RegExp;
}

const UNSTARTABLE: readonly Unstartable[] = [
  { what: 'is missing', command: (folder) => [join(folder, 'host')], why: /host: no such file$/ },
  {
    what: 'is not executable',
    command: (folder) => [file(folder, '#!/bin/sh\n', 0o644)],
    why: /host: not executable \(mode 0644\)$/,
  },
  { what: 'is a directory', command: (folder) => [directory(folder)], why: /host: is a directory$/ },
  {
    what: 'names an interpreter that is missing',
    command: (folder) => [file(folder, '#!/usr/bin/no-such-interpreter\n', 0o755)],
    why: /its #! line names an interpreter that cannot be run: \/usr\/bin\/no-such-interpreter: no such file$/,
  },
  {
    what: 'has Windows line endings',
    command: (folder) => [file(folder, '#!/bin/sh\r\nexit 0\r\n', 0o755)],
    why: /its #! line ends in a carriage return/,
  },
  // execvp gives what is no program to /bin/sh; it ends before the daemon has finished starting it.
  {
    what: 'is no program at all',
    command: (folder) => [file(folder, '\u007fELF and nothing more', 0o755)],
    why: /^exited with code \d+ before it said hello$/,
    warning: /^$/,
  },
];

test.each(UNSTARTABLE)('a host whose program $what: told at registration, and exit 5 at online', async ({ command, why, warning }) => {
  const daemon = await TestDaemon.start();
  const unharmed = await addBystander(daemon);
  const warnings = await addHost(daemon, 'broken', command(daemon.folder));
  const before = await daemon.andon('resource', 'list', '--json');

  const { code, stderr } = await daemon.andon('online', 'broken');

  expect(warnings.join()).toMatch(warning ?? why);
  expect(code).toBe(5);
  const { reason } = await ofHost(daemon, 'hostStartFailed', 'broken');
  expect(reason).toMatch(why);
  expect(stderr).toContain(String(reason));
  expect((await daemon.status('broken')).wanted).toBe('Online');
  expect((await daemon.andon('resource', 'list', '--json')).stdout).toBe(before.stdout);
  await unharmed();
});

test('a host that ended while it was being started is not killed once more when its start would have been too long', async () => {
  const daemon = await TestDaemon.start();
  const command = [file(daemon.folder, '\u007fELF and nothing more', 0o755)];
  await addHost(daemon, 'brief', command, { startTimeoutMs: 100 });
  await daemon.client.request('online', { names: ['brief'] });
  const first = await ofHost(daemon, 'hostStartFailed', 'brief');

  // The next attempt is a second later.
  await daemon.client.event(({ kind, host, seq }) => kind === 'hostStartFailed' && host === 'brief' && seq > first.seq);

  expect(daemon.client.events.filter(({ kind }) => kind === 'hostKilled')).toEqual([]);
});

test('a host that was missing comes online by itself once it is there', async () => {
  const daemon = await TestDaemon.start();
  const program = join(daemon.folder, 'host');
  await addHost(daemon, 'late', [program]);
  await daemon.client.request('online', { names: ['late'] });
  await ofHost(daemon, 'hostStartFailed', 'late');
  writeFileSync(program, `#!/bin/sh\nexec ${process.execPath} ${join(import.meta.dirname, '../fixtures/hosts/vices/replies-twice.ts')}\n`, {
    mode: 0o755,
  });

  expect(await daemon.client.next('online', 'late')).toMatchObject({ incarnation: 1 });
});

function file(folder: string, text: string, mode: number): string {
  const path = join(folder, 'host');
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

function directory(folder: string): string {
  const path = join(folder, 'host');
  mkdirSync(path);
  return path;
}
