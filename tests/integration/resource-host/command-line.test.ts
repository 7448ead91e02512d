import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import builtInTypes from '../../../resource-host/builtin-types.json' with { type: 'json' };
import { connectedHost } from './host-test.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const EXAMPLE = join(ROOT, 'examples/directory-watch/directory-watch.ts');

interface Output {
  readonly code: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

function command(...args: string[]): Promise<Output> {
  const bin = join(ROOT, 'resource-host/bin/andon-resource-host.js');
  const { promise, resolve: done } = Promise.withResolvers<Output>();
  const env = { PATH: process.env['PATH'] };
  execFile(join(ROOT, 'node_modules/.bin/node'), [bin, ...args], { env, timeout: 20_000 }, (error, stdout, stderr) => {
    done({ code: error ? error.code : 0, stdout, stderr });
  });
  return promise;
}

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'andon-host-test-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('andon-resource-host', () => {
  test('explains itself when a person starts it', async () => {
    expect(await command()).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('andon-resource-host FILE.ts'),
    });
    const { code, stderr } = await command(EXAMPLE);
    expect(code).toBe(64);
    expect(stderr).toContain('It is started by the andon daemon');
    expect(stderr).toContain('andon type register --name directory-watch -- andon-resource-host');
  });

  test('says what is wrong with a module', async () => {
    const file = join(directory, 'empty.ts');
    writeFileSync(file, 'export const answer = 42;');
    expect(await command(file)).toMatchObject({
      code: 65,
      stderr: expect.stringContaining('exports no resource type (it exports answer)'),
    });
    writeFileSync(file, 'throw new Error("no luck");');
    expect(await command(file)).toMatchObject({
      code: 65,
      stderr: expect.stringContaining('cannot be loaded: no luck'),
    });
    expect(await command(join(directory, 'none.ts'))).toMatchObject({
      code: 65,
      stderr: expect.stringContaining('there is no file'),
    });
  });

  test('describes the built-in types and those of a module anywhere on the machine', async () => {
    const builtin: unknown = JSON.parse((await command('--describe', '--builtin')).stdout);
    const described = z.array(z.looseObject({ name: z.string() })).parse(builtin);
    expect(described.map(({ name }) => name)).toEqual(builtInTypes.map(({ name }) => name));
    expect(described.find(({ name }) => name === 'exec')).toMatchObject({
      jsonSchema: { required: ['script'], additionalProperties: false },
    });
    const file = join(directory, 'mine.ts');
    writeFileSync(
      file,
      `import { defineResourceType, event } from '@andon/resource-host';
       import { z } from 'zod';
       export const mine = defineResourceType({ name: 'mine', description: 'My own', properties: z.object({ port: z.int() }),
         online: () => event(), offline() {}, terminate() {} });`,
    );
    const own: unknown = JSON.parse((await command('--describe', file)).stdout);
    expect(own).toMatchObject([{ name: 'mine', description: 'My own', jsonSchema: { required: ['port'] } }]);
  });
});

test('the example reports a folder that disappears', async () => {
  const { player } = await connectedHost(EXAMPLE);
  const path = join(directory, 'spool');
  mkdirSync(path);
  await player.result('startup', { types: ['directory-watch'] });
  await player.open('spool', 'directory-watch', { path });
  expect(await player.online('spool', 1, { path })).toMatchObject({
    ok: true,
    result: { contract: 'event' },
  });
  rmSync(path, { recursive: true });
  expect(await player.records.take()).toMatchObject({ resource: 'spool', reason: `${path} is gone` });
  expect(await player.terminate('spool', 1)).toMatchObject({ ok: true });
  expect(await player.online('spool', 2, { path })).toMatchObject({ ok: true });
  expect(await player.result('isAlive', { resourceId: 'spool', incarnation: 2 })).toEqual({ alive: true });
  expect(await player.offline('spool', 2)).toMatchObject({ ok: true });
});
