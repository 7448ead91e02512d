import { execFile } from 'node:child_process';
import { cpSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { TestDaemon } from '../support/daemon.ts';
import { livesItsStory } from '../support/program-story.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { hasPrograms } from '../support/toolchain.ts';
import { verdictOf } from './verdict.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LIBRARY = join(ROOT, 'resource-host/c');
const LIMIT_MS = 300_000;
/** Faults that the compiler and its sanitizers find end the host, and with it the test. */
const STRICT = 'CFLAGS=-O1 -g -Wconversion -Werror -fsanitize=address,undefined -fno-sanitize-recover=all';
const run = promisify(execFile);

/** What comes with the repository, without what was built there. */
function copyOf(source: string, folder: string): string {
  cpSync(source, folder, { recursive: true, filter: (path) => basename(path) !== 'build' });
  return folder;
}

/** A built host with the library beside it, as `andon host new` makes it; answers its folder. */
async function newHost(): Promise<string> {
  const folder = copyOf(join(LIBRARY, 'template'), join(temporaryFolder(), 'program'));
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const text = readFileSync(path, 'utf8').replaceAll('{{name}}', 'program');
    writeFileSync(path, text, { mode: statSync(path).mode });
  }
  copyOf(LIBRARY, join(folder, 'andon'));
  await run('make', ['-s', '-C', folder, STRICT]);
  return folder;
}

/** The example, or a host of the library's own tests, built from `source`. */
async function built(source: string): Promise<string> {
  const program = join(temporaryFolder(), 'host');
  const library = readdirSync(join(LIBRARY, 'src')).filter((name) => name.endsWith('.c'));
  const sources = [source, ...library.map((name) => `src/${name}`)];
  await run('cc', ['-std=c11', '-g', '-fsanitize=address,undefined', '-I.', '-o', program, ...sources], { cwd: LIBRARY });
  return program;
}

async function hasOwnNetwork(): Promise<boolean> {
  return run('unshare', ['-n', 'ip', 'link', 'set', 'lo', 'up']).then(
    () => true,
    () => false,
  );
}

describe.skipIf(!hasPrograms('cc', 'make'))('hosts in C (needs cc and make)', { timeout: LIMIT_MS }, () => {
  test('the library passes its own tests, and its reader survives mutated examples, under the sanitizers', async () => {
    const folder = copyOf(LIBRARY, join(temporaryFolder(), 'c'));
    const { stdout } = await run('make', ['-s', '-C', folder, 'check', `EXAMPLES=${join(ROOT, 'protocol/schema/v1/examples')}`]);
    expect(stdout).toMatch(/^\d{5,} checks, 0 failed\n$/);
  });

  test('the kit finds nothing against the template', async () => {
    const folder = await newHost();
    expect((await verdictOf([join(folder, 'test.sh'), '--json'])).against).toEqual([]);
  });

  test('nor against a host whose online and offline pend', async () => {
    const host = await built('tests/hosts/slow.c');
    const folder = temporaryFolder();
    const set = ['--set', 'onlineMs=400', '--set', 'offlineMs=200', '--set', `marker=${folder}/{resource}`];
    const failure = ['--induce-failure', 'echo "$ANDON_FAILURE_RECORD gone" > "$ANDON_EVENT_HANDLE"'];
    const report = await verdictOf(['andon', 'host', 'check', '--json', '--type', 'slow', ...set, ...failure, '--', host]);
    expect(report.against).toEqual([]);
    expect(report.notApplicable.filter((id) => /^[PX]-/.test(id))).toEqual([]);
  });

  test('nor against link-up, whose interface goes down in a network of its own (needs unshare, ip and root)', async ({ skip }) => {
    skip(!hasPrograms('unshare', 'ip') || !(await hasOwnNetwork()), 'no network namespace may be made here');
    const host = await built('example/link-up.c');
    const check = `andon host check --json --type link-up --set interface=probe --induce-failure 'ip link set probe down; ip link set probe up' -- ${host}`;
    const network = 'ip link add probe type veth peer name other && ip link set other up && ip link set probe up';
    expect((await verdictOf(['unshare', '-n', 'sh', '-c', `${network} && ${check}`])).against).toEqual([]);
  });

  test('under a real daemon a program is restarted, survives the daemon, and is gone after down', async () => {
    const folder = await newHost();
    const daemon = await TestDaemon.start();
    await livesItsStory(daemon, join(folder, 'type.toml'));
  });
});
