import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { TestDaemon } from '../../support/daemon.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { hasPrograms } from '../../support/toolchain.ts';

const LIBRARY = fileURLToPath(new URL('../../../resource-host/go', import.meta.url));
/** A build without network, whatever the machine is set up for. */
const ENVIRONMENT = { ...process.env, GOPROXY: 'off', GOTOOLCHAIN: 'local', GOFLAGS: '' };
const hasGo = hasPrograms('go');
const BUILD_LIMIT_MS = 300_000;

function go(cwd: string, ...args: string[]): string {
  return execFileSync('go', args, { cwd, env: ENVIRONMENT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** The template as a newcomer has it, under the type name `program`; answers its folder. */
function newHost(): string {
  const folder = join(temporaryFolder(), 'program');
  cpSync(join(LIBRARY, 'template'), folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const text = readFileSync(path, 'utf8').replaceAll('{{name}}', 'program');
    writeFileSync(path, text, { mode: statSync(path).mode });
  }
  cpSync(LIBRARY, join(folder, 'andon-host'), { recursive: true, filter: (path) => !/\/(template|example)$/.test(path) });
  go(folder, 'build', '-o', 'program', '.');
  return folder;
}

describe.skipIf(!hasGo)('a resource host in Go (needs go)', { timeout: BUILD_LIMIT_MS }, () => {
  test('under a real daemon: its program fails and is restarted, survives the daemon, and is gone after down', async () => {
    const folder = newHost();
    const daemon = await TestDaemon.start();
    expect(await daemon.andon('apply', '-f', join(folder, 'type.toml'))).toMatchObject({ code: 0 });
    expect(await daemon.andon('resource', 'set', 'program-1', '--property', 'RestartDelay=10')).toMatchObject({ code: 0 });
    await daemon.online('program-1');
    console.log(JSON.stringify(await daemon.status('program-1')));
  });
});
