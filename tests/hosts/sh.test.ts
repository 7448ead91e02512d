import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { TestDaemon } from '../support/daemon.ts';
import { livesItsStory } from '../support/program-story.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { hasPrograms } from '../support/toolchain.ts';
import { CHECKED, newHostIn, verdictOf } from './verdict.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LIMIT_MS = 300_000;

describe.skipIf(!hasPrograms('socat', 'jq'))('hosts in sh (needs socat and jq)', { timeout: LIMIT_MS }, () => {
  test('the kit finds nothing against the template', async () => {
    expect((await verdictOf([join(await newHostIn('sh'), 'test.sh'), '--json'])).against).toEqual([]);
  });

  test('nor against log-pattern', async () => {
    const folder = temporaryFolder();
    for (const name of CHECKED) writeFileSync(join(folder, `${name}.log`), '');
    const set = ['--set', `path=${folder}/{resource}.log`, '--set', 'pattern=^panic'];
    const options = ['--type', 'log-pattern', ...set, '--induce-failure', `echo 'panic: disk' >> ${folder}/$ANDON_RESOURCE.log`];
    const command = ['sh', join(ROOT, 'resource-host/sh/example/host.sh')];
    expect((await verdictOf(['andon', 'host', 'check', '--json', ...options, '--', ...command])).against).toEqual([]);
  });

  test('under a real daemon a program is restarted, survives the daemon, and is gone after down', async () => {
    const folder = await newHostIn('sh');
    const daemon = await TestDaemon.start();
    await livesItsStory(daemon, join(folder, 'type.toml'));
  });
});
