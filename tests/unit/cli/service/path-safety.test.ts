import { expect, test } from 'vitest';
import { homesIn, type Looked, unsafeReasons } from '../../../../cli/src/service/path-safety.ts';

const DIRECTORY: Looked = { uid: 0, mode: 0o40755, target: null };

/** What is wrong with a program at this path, where these files are unlike the rest. */
function reasons(
  path: string,
  unlike: Readonly<Record<string, Partial<Looked> | null>> = {},
  homes: readonly string[] = [],
): Promise<string[]> {
  const programs = { node: '/usr/bin/node', andond: '/usr/lib/andond.js', andon: path, documentation: null };
  return unsafeReasons(programs, {
    homes,
    look: (part) => Promise.resolve(unlike[part] === null ? null : { ...DIRECTORY, ...unlike[part] }),
  });
}

test('what only root may change is safe', async () => {
  expect(await reasons('/opt/andon/cli/bin/andon.js')).toEqual([]);
});

test.each([
  ['/home/ada/andon.js', '/home/ada/andon.js lies below the home directory /home'],
  ['/root/andon.js', '/root/andon.js lies below the home directory /root'],
  ['/srv/ada/andon.js', '/srv/ada/andon.js lies below the home directory /srv/ada'],
  ['/tmp/andon.js', '/tmp/andon.js lies below /tmp, which everyone may write to'],
  ['/dev/shm/andon.js', '/dev/shm/andon.js lies below /dev/shm, which everyone may write to'],
])('%s is refused', async (path, reason) => {
  expect(await reasons(path, { '/tmp': { mode: 0o41777 } }, ['/srv/ada'])).toEqual([reason]);
});

test('a folder beside a home, with a name that begins alike, is none', async () => {
  expect(await reasons('/homestead/andon.js')).toEqual([]);
  expect(await reasons('/srv/ada2/andon.js', {}, ['/srv/ada'])).toEqual([]);
});

test('each part of the path that others may change is named', async () => {
  const unlike = { '/opt': { mode: 0o40775 }, '/opt/andon': { uid: 1000 }, '/opt/andon/andon.js': { mode: 0o100666 } };
  expect(await reasons('/opt/andon/andon.js', unlike)).toEqual([
    'others than root may write to /opt (mode 0775)',
    '/opt/andon belongs to user 1000',
    'others than root may write to /opt/andon/andon.js (mode 0666)',
  ]);
});

test('a symbolic link is as safe as what it names', async () => {
  const link = { '/opt/andon': { mode: 0o120777, target: '/srv/andon' } };
  expect(await reasons('/opt/andon/andon.js', link)).toEqual([]);
  expect(await reasons('/opt/andon/andon.js', { ...link, '/srv/andon': { uid: 1000 } })).toEqual(['/srv/andon belongs to user 1000']);
});

test('what is not there is said', async () => {
  expect(await reasons('/opt/andon.js', { '/opt/andon.js': null })).toEqual(['/opt/andon.js does not exist']);
});

test('homes are those of root and of people', () => {
  const passwd = [
    'root:x:0:0:root:/root:/bin/bash',
    'bin:x:2:2:bin:/bin:/usr/sbin/nologin',
    'ada:x:1000:1000::/srv/ada:/bin/sh',
    'x:x:1001:1001::/:/bin/sh',
    '',
  ];
  expect(homesIn(passwd.join('\n'))).toEqual(['/root', '/srv/ada']);
});
