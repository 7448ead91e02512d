import { execFile, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { TestDaemon } from '../support/daemon.ts';
import { livesItsStory } from '../support/program-story.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { hasPrograms } from '../support/toolchain.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LIBRARY = join(ROOT, 'resource-host/python');
const LIMIT_MS = 300_000;
const run = promisify(execFile);

/** With an `andon` that is this checkout's, and no compiled Python left in it. */
function environment(): NodeJS.ProcessEnv {
  const folder = temporaryFolder();
  const andon = `#!/bin/sh\nexec '${process.execPath}' '${join(ROOT, 'cli/bin/andon.js')}' "$@"\n`;
  writeFileSync(join(folder, 'andon'), andon, { mode: 0o755 });
  return { ...process.env, PYTHONDONTWRITEBYTECODE: '1', PATH: `${folder}:${process.env['PATH']}` };
}

/** What `andon host new` makes; answers its folder. */
async function newHost(): Promise<string> {
  const folder = join(temporaryFolder(), 'program');
  await run('andon', ['host', 'new', '--lang', 'python', folder], { env: environment() });
  return folder;
}

/** Programs that are started again when they end, each with its pid in a file. */
function pidFiles(folder: string, names: readonly string[]): void {
  const restart = 'while :; do sleep 600 & echo $! > "$0.new" && mv "$0.new" "$0"; wait; done';
  for (const name of names) {
    const supervisor = spawn('sh', ['-c', restart, join(folder, `${name}.pid`)], { detached: true, stdio: 'ignore' });
    const { pid } = supervisor;
    if (pid !== undefined) onTestFinished(() => void process.kill(-pid, 'SIGKILL'));
  }
}

const Report = z.object({ checks: z.array(z.object({ id: z.string(), result: z.string() })) });

/** What the kit holds against a host. */
async function heldAgainst(command: string, args: readonly string[]): Promise<string[]> {
  const { stdout } = await run(command, args, { env: environment() }).catch((failed: { stdout: string }) => failed);
  const { checks } = Report.parse(JSON.parse(stdout));
  return checks.filter(({ result }) => result !== 'pass' && result !== 'notApplicable').map(({ id, result }) => `${id} ${result}`);
}

describe.skipIf(!hasPrograms('python3'))('hosts in Python (needs python3)', { timeout: LIMIT_MS }, () => {
  test('the library passes its own tests', async () => {
    await run('python3', ['-W', 'error::ResourceWarning', '-m', 'unittest', 'discover', '-s', 'tests'], {
      cwd: LIBRARY,
      env: environment(),
    });
  });

  test('the kit finds nothing against the template', async () => {
    expect(await heldAgainst(join(await newHost(), 'test.sh'), ['--json'])).toEqual([]);
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
    expect(await heldAgainst('andon', ['host', 'check', '--json', ...options, '--', ...command])).toEqual([]);
  });

  test('nor against a host whose online and offline pend', async () => {
    const command = ['python3', join(LIBRARY, 'tests/hosts/slow.py')];
    expect(await heldAgainst('andon', ['host', 'check', '--json', '--type', 'slow', '--', ...command])).toEqual([]);
  });

  test('under a real daemon a program is restarted, survives the daemon, and is gone after down', async () => {
    const folder = await newHost();
    const daemon = await TestDaemon.start({ PYTHONDONTWRITEBYTECODE: '1' });
    await livesItsStory(daemon, join(folder, 'type.toml'));
  });
});
