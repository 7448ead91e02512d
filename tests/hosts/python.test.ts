import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { TestDaemon } from '../support/daemon.ts';
import { livesItsStory } from '../support/program-story.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { hasPrograms } from '../support/toolchain.ts';
import { supervisedPrograms } from './supervised-programs.ts';
import { CHECKED, newHostIn, verdictOf, withAndon } from './verdict.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LIBRARY = join(ROOT, 'resource-host/python');
/** No compiled Python is left in the checkout. */
const UNCOMPILED = { PYTHONDONTWRITEBYTECODE: '1' };
const LIMIT_MS = 300_000;
const run = promisify(execFile);

describe.skipIf(!hasPrograms('python3'))('hosts in Python (needs python3)', { timeout: LIMIT_MS }, () => {
  test('the library passes its own tests', async () => {
    await run('python3', ['-W', 'error::ResourceWarning', '-m', 'unittest', 'discover', '-s', 'tests'], {
      cwd: LIBRARY,
      env: withAndon(UNCOMPILED),
    });
  });

  test('the kit finds nothing against the template', async () => {
    expect((await verdictOf([join(await newHostIn('python'), 'test.sh'), '--json'], UNCOMPILED)).against).toEqual([]);
  });

  test('nor against pid-watch, which uses asyncio', async () => {
    const folder = temporaryFolder();
    supervisedPrograms(folder, CHECKED);
    const failure = `kill -KILL "$(cat ${folder}/$ANDON_RESOURCE.pid)"`;
    const options = ['--type', 'pid-watch', '--set', `pidFile=${folder}/{resource}.pid`, '--induce-failure', failure];
    const command = ['python3', join(LIBRARY, 'example/host.py')];
    expect((await verdictOf(['andon', 'host', 'check', '--json', ...options, '--', ...command], UNCOMPILED)).against).toEqual([]);
  });

  test('nor against a host whose online and offline pend', async () => {
    const command = ['python3', join(LIBRARY, 'tests/hosts/slow.py')];
    expect((await verdictOf(['andon', 'host', 'check', '--json', '--type', 'slow', '--', ...command], UNCOMPILED)).against).toEqual([]);
  });

  test('under a real daemon a program is restarted, survives the daemon, and is gone after down', async () => {
    const folder = await newHostIn('python');
    const daemon = await TestDaemon.start({ PYTHONDONTWRITEBYTECODE: '1' });
    await livesItsStory(daemon, join(folder, 'type.toml'));
  });
});
