import { execFile } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { TestDaemon } from '../support/daemon.ts';
import { livesItsStory } from '../support/program-story.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { hasPrograms } from '../support/toolchain.ts';
import { greetingServices } from './greeting-services.ts';
import { CHECKED, newHostIn, verdictOf } from './verdict.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LIBRARY = join(ROOT, 'resource-host/go');
/** Nothing is fetched, whatever the machine is set up for. */
const OFFLINE = { GOPROXY: 'off', GOTOOLCHAIN: 'local', GOFLAGS: '' };
/** The first build of a machine compiles the standard library. */
const LIMIT_MS = 300_000;
const run = promisify(execFile);

async function go(cwd: string, ...args: string[]): Promise<void> {
  await run('go', args, { cwd, env: { ...process.env, ...OFFLINE } });
}

/** The host that the README shows, as a reader makes it; answers its program. */
async function hostOfReadme(): Promise<string> {
  const folder = await newHostIn('go', 'marker');
  const readme = readFileSync(join(LIBRARY, 'README.md'), 'utf8');
  const [program = '', modules = ''] = [...readme.matchAll(/```(?:go|text)\n(.*?)```/gs)].map(([, text = '']) => text);
  rmSync(join(folder, 'leftovers.go'));
  writeFileSync(join(folder, 'main.go'), program);
  writeFileSync(join(folder, 'go.mod'), modules);
  await go(folder, 'build', '-o', 'marker', '.');
  return join(folder, 'marker');
}

async function exampleHost(): Promise<string> {
  const built = join(temporaryFolder(), 'tcp-lifeline');
  await go(join(LIBRARY, 'example'), 'build', '-o', built, '.');
  return built;
}

describe.skipIf(!hasPrograms('go'))('hosts in Go (needs go)', { timeout: LIMIT_MS }, () => {
  test('the library passes its own tests', async () => {
    const unformatted = await run('gofmt', ['-l', LIBRARY]);
    expect(unformatted.stdout).toBe('');
    await go(LIBRARY, 'vet', './...');
    await go(LIBRARY, 'test', ...(hasPrograms('gcc') ? ['-race'] : []), './...');
  });

  test('the kit finds nothing against the template', async () => {
    expect((await verdictOf([join(await newHostIn('go'), 'test.sh'), '--json'], OFFLINE)).against).toEqual([]);
  });

  test('nor against tcp-lifeline, whose online pends', async () => {
    const folder = temporaryFolder();
    await greetingServices(folder, CHECKED, 400);
    const options = ['--set', `address=${folder}/{resource}.sock`, '--set', 'expect=220 ready'];
    const failure = ['--induce-failure', `echo >> ${folder}/$ANDON_RESOURCE.fail`];
    const kit = ['andon', 'host', 'check', '--json', '--type', 'tcp-lifeline'];
    const report = await verdictOf([...kit, ...options, ...failure, '--', await exampleHost()]);
    expect(report.against).toEqual([]);
    expect(report.notApplicable.filter((id) => id.startsWith('P-'))).toEqual([]);
  });

  test('nor against the host of the README, which is polled', async () => {
    const options = ['--type', 'marker', '--set', `path=${temporaryFolder()}/{resource}`];
    expect((await verdictOf(['andon', 'host', 'check', '--json', ...options, '--', await hostOfReadme()])).against).toEqual([]);
  });

  test('under a real daemon a program is restarted, survives the daemon, and is gone after down', async () => {
    const folder = await newHostIn('go');
    await go(folder, 'build', '-o', 'program', '.');
    const daemon = await TestDaemon.start();
    await livesItsStory(daemon, join(folder, 'type.toml'));
  });
});
