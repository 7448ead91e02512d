import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { TestDaemon } from '../support/daemon.ts';
import { livesItsStory } from '../support/program-story.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { hasPrograms } from '../support/toolchain.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LIMIT_MS = 300_000;
const run = promisify(execFile);

/** With an `andon` that is this checkout's. */
function environment(): NodeJS.ProcessEnv {
  const folder = temporaryFolder();
  const andon = `#!/bin/sh\nexec '${process.execPath}' '${join(ROOT, 'cli/bin/andon.js')}' "$@"\n`;
  writeFileSync(join(folder, 'andon'), andon, { mode: 0o755 });
  return { ...process.env, PATH: `${folder}:${process.env['PATH']}` };
}

/** What `andon host new` makes; answers its folder. */
async function newHost(): Promise<string> {
  const folder = join(temporaryFolder(), 'program');
  await run('andon', ['host', 'new', '--lang', 'sh', folder], { env: environment() });
  return folder;
}

const Report = z.object({ checks: z.array(z.object({ id: z.string(), result: z.string() })) });

/** What the kit holds against a host. */
async function heldAgainst(command: string, args: readonly string[]): Promise<string[]> {
  const { stdout } = await run(command, args, { env: environment() }).catch((failed: { stdout: string }) => failed);
  const { checks } = Report.parse(JSON.parse(stdout));
  return checks.filter(({ result }) => result !== 'pass' && result !== 'notApplicable').map(({ id, result }) => `${id} ${result}`);
}

describe.skipIf(!hasPrograms('socat', 'jq'))('hosts in sh (needs socat and jq)', { timeout: LIMIT_MS }, () => {
  test('the kit finds nothing against the template', async () => {
    expect(await heldAgainst(join(await newHost(), 'test.sh'), ['--json'])).toEqual([]);
  });

  test('nor against log-pattern', async () => {
    const folder = temporaryFolder();
    for (let number = 1; number <= 8; number++) writeFileSync(join(folder, `check-${number}.log`), '');
    const set = ['--set', `path=${folder}/{resource}.log`, '--set', 'pattern=^panic'];
    const options = ['--type', 'log-pattern', ...set, '--induce-failure', `echo 'panic: disk' >> ${folder}/$ANDON_RESOURCE.log`];
    const command = ['sh', join(ROOT, 'resource-host/sh/example/host.sh')];
    expect(await heldAgainst('andon', ['host', 'check', '--json', ...options, '--', ...command])).toEqual([]);
  });

  test('under a real daemon a program is restarted, survives the daemon, and is gone after down', async () => {
    const folder = await newHost();
    const daemon = await TestDaemon.start();
    await livesItsStory(daemon, join(folder, 'type.toml'));
  });
});
