import { execFile } from 'node:child_process';
import { cpSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { TestDaemon } from '../support/daemon.ts';
import { livesItsStory } from '../support/program-story.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { hasPrograms } from '../support/toolchain.ts';
import { verdictOf } from './verdict.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LIBRARY = join(ROOT, 'resource-host/rust');
/** One for all cases, so that the library is compiled once; outside of the tree. */
const CARGO_TARGET_DIR = join(tmpdir(), `andon-rust-target-${process.pid}`);
const BUILT = join(CARGO_TARGET_DIR, 'debug');
/** A first build on a machine that is busy. */
const LIMIT_MS = 300_000;
/** Mounting needs root, and a mount namespace of its own so that nobody else sees it. */
const MAY_MOUNT = process.getuid?.() === 0 && hasPrograms('unshare', 'mount', 'umount');
const run = promisify(execFile);

async function cargo(cwd: string, ...args: string[]): Promise<void> {
  await run('cargo', [...args, '--offline'], { cwd, env: { ...process.env, CARGO_TARGET_DIR } });
}

/** A copy with the library beside it, as `andon host new` makes it; answers its folder. */
function newHost(): string {
  const folder = join(temporaryFolder(), 'program');
  cpSync(join(LIBRARY, 'template'), folder, { recursive: true });
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, entry);
    if (!statSync(path).isFile()) continue;
    const text = readFileSync(path, 'utf8').replaceAll('{{name}}', 'program');
    writeFileSync(path, text, { mode: statSync(path).mode });
  }
  cpSync(LIBRARY, join(folder, 'andon-host'), { recursive: true, filter: (path) => !/\/(template|example|target)$/.test(path) });
  return folder;
}

describe.skipIf(!hasPrograms('cargo', 'rustc'))('hosts in Rust (needs cargo)', { timeout: LIMIT_MS }, () => {
  afterAll(() => rmSync(CARGO_TARGET_DIR, { recursive: true, force: true }));

  test('the library and the example pass their own tests', async () => {
    await cargo(LIBRARY, 'test', '--quiet');
    await cargo(join(LIBRARY, 'example'), 'test', '--quiet');
  });

  test('the kit finds nothing against the template', async () => {
    expect((await verdictOf([join(newHost(), 'test.sh'), '--json'], { CARGO_TARGET_DIR })).against).toEqual([]);
  });

  test.skipIf(!MAY_MOUNT)('nor against mounted, whose failure the kernel tells (needs root)', async () => {
    await cargo(join(LIBRARY, 'example'), 'build');
    const folder = temporaryFolder();
    const mountAll = `for n in 1 2 3 4 5 6 7 8; do mkdir '${folder}'/check-$n && mount -t tmpfs none '${folder}'/check-$n || exit; done`;
    const options = ['--json', '--type', 'mounted', '--set', `path=${folder}/{resource}`];
    // Mounted again for the online that follows; not at once, so that the host sees the table between the two.
    const failure = ['--induce-failure', `cd '${folder}' && umount $ANDON_RESOURCE && sleep 1 && mount -t tmpfs none $ANDON_RESOURCE`];
    const kit = ['andon', 'host', 'check', ...options, ...failure, '--', join(BUILT, 'mounted')];
    expect((await verdictOf(['unshare', '-m', 'sh', '-c', `${mountAll}; exec "$@"`, 'kit', ...kit], { CARGO_TARGET_DIR })).against).toEqual(
      [],
    );
  });

  test('under a real daemon a program is restarted, survives the daemon, and is gone after down', async () => {
    const folder = newHost();
    await cargo(folder, 'build');
    const daemon = await TestDaemon.start({ CARGO_TARGET_DIR });
    const manifest = join(folder, 'type.toml');
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('target/debug', BUILT));
    await livesItsStory(daemon, manifest);
  });
});
