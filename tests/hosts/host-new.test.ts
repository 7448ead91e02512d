import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createHost } from '../../cli/src/host-new/create.ts';
import { type Language, LANGUAGES } from '../../cli/src/host-new/languages.ts';
import { TestDaemon } from '../support/daemon.ts';
import { isThere, neededWords, NewHost, templateOf, TOOLCHAINS } from '../support/new-host.ts';
import { temporaryFolder } from '../support/temporary.ts';

const run = promisify(execFile);
const PACKAGE = join(import.meta.dirname, '../../resource-host');
/** Building and checking a host takes longer than most tests. */
const LIMIT_MS = 180_000;

function languageOf({ language }: (typeof TOOLCHAINS)[number]): Language {
  const found = LANGUAGES[language];
  if (!found) throw new Error(`andon host new knows no ${language}`);
  return found;
}

/** All files below a folder, in order. */
function filesIn(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => statSync(join(folder, name)).isFile()).sort();
}

describe('andon host new', () => {
  // The tests of each other language let the kit look at its template, and want no warning either.
  test(
    'makes a host that holds to the protocol, in ts',
    async () => {
      const host = await NewHost.create(temporaryFolder(), 'ts', 'worker');

      await host.sh('./test.sh');
    },
    LIMIT_MS,
  );

  for (const toolchain of TOOLCHAINS) {
    test.skipIf(!isThere(toolchain))(
      `makes a host whose program is restarted when it is killed, in ${neededWords(toolchain)}`,
      async () => {
        const daemon = await TestDaemon.start();
        const host = await NewHost.built(daemon.folder, toolchain, 'worker');
        expect(await daemon.andon('apply', '-f', host.manifest)).toMatchObject({ code: 0 });
        const { resources } = await daemon.client.request('resourceList', {});
        const name = resources[0]?.name ?? '';

        await daemon.client.request('online', { names: [name] });
        await daemon.client.next('online', name);
        const { output } = await daemon.client.request('control', { name, code: 'pid' });
        process.kill(Number(output), 'SIGKILL');
        const online = daemon.client.event(({ kind, incarnation }) => kind === 'online' && incarnation === 2);

        expect(await daemon.client.next('failureReported', name)).toMatchObject({ source: 'failureRecord', reason: 'killed by SIGKILL' });
        expect(await online).toMatchObject({ resource: name, contract: 'event' });
      },
      LIMIT_MS,
    );
  }

  test('has a template for each of its languages', () => {
    expect(TOOLCHAINS.map(({ language }) => language)).toEqual(Object.keys(LANGUAGES));
    expect(TOOLCHAINS.filter((toolchain) => !existsSync(join(templateOf(toolchain), 'type.toml')))).toEqual([]);
  });

  test('makes the same hosts from the package as from the checkout', async () => {
    const folder = temporaryFolder();
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: PACKAGE });
    const [{ filename }] = z.tuple([z.object({ filename: z.string() })]).parse(JSON.parse(stdout));
    await run('tar', ['-xzf', join(folder, filename), '-C', folder]);

    for (const toolchain of TOOLCHAINS.filter((each) => existsSync(templateOf(each)))) {
      const made = [PACKAGE, join(folder, 'package')].map((from, index) => {
        const host = join(folder, `${toolchain.language}-${index}`);
        createHost({ language: languageOf(toolchain), folder: host, name: 'worker', force: false }, from);
        return filesIn(host);
      });
      expect(made[1]).toEqual(made[0]);
    }
  });

  test('copies nothing that names this installation, and leaves no placeholder', async () => {
    const { folder } = await NewHost.create(temporaryFolder(), 'ts', 'disk-watch');
    const files = filesIn(folder);
    const text = files.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n');

    expect(files).toEqual(['README.md', 'host.ts', 'processes.ts', 'test.sh', 'type.toml']);
    expect(text).toContain("name: 'disk-watch'");
    expect(text).not.toContain('{{');
    expect(text).not.toContain(join(import.meta.dirname, '../..'));
  });

  test('fills a folder that is not empty only when it is forced', async () => {
    const daemon = new TestDaemon();
    const folder = join(daemon.folder, 'worker');
    mkdirSync(folder);
    writeFileSync(join(folder, 'notes'), 'mine');
    const refused = await daemon.andon('host', 'new', '--lang', 'ts', folder);
    const forced = await daemon.andon('host', 'new', '--lang', 'ts', '--force', '--json', folder);

    expect(refused).toMatchObject({ code: 4, stderr: expect.stringContaining(`Folder ${folder} is not empty.`) });
    expect(forced.code).toBe(0);
    expect(JSON.parse(forced.stdout)).toEqual({
      ok: true,
      folder,
      name: 'worker',
      language: 'ts',
      next: [`cd ${folder}`, './test.sh', 'andon apply -f type.toml', 'andon online worker-1'],
    });
    expect(readFileSync(join(folder, 'notes'), 'utf8')).toBe('mine');
  });

  test.each([
    [['--lang', 'cobol', 'worker'], 'not "cobol"'],
    [['--lang', 'ts', 'no name'], '"no name" cannot name a type'],
    [['worker'], '--lang'],
  ])('%j is refused with what can be said', async (words, message) => {
    const answer = await new TestDaemon().andon('host', 'new', ...words);

    expect(answer).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
  });
});
