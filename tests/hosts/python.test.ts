import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { TestDaemon } from '../support/daemon.ts';
import { livesItsStory } from '../support/program-story.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { hasPrograms } from '../support/toolchain.ts';
import { newHostIn, verdictOf, withAndon } from './verdict.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LIBRARY = join(ROOT, 'resource-host/python');
/** No compiled Python is left in the checkout. */
const UNCOMPILED = { PYTHONDONTWRITEBYTECODE: '1' };
const LIMIT_MS = 300_000;
const run = promisify(execFile);

/** Programs that are started again when they end, each with its pid in a file. */
function pidFiles(folder: string, names: readonly string[]): void {
  const restart = 'while :; do sleep 600 & echo $! > "$0.new" && mv "$0.new" "$0"; wait; done';
  for (const name of names) {
    const supervisor = spawn('sh', ['-c', restart, join(folder, `${name}.pid`)], { detached: true, stdio: 'ignore' });
    const { pid } = supervisor;
    if (pid !== undefined) onTestFinished(() => void process.kill(-pid, 'SIGKILL'));
  }
}

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
    pidFiles(
      folder,
      Array.from({ length: 8 }, (_, index) => `check-${index + 1}`),
    );
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
