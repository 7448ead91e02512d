import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { once } from 'node:events';
import { TypeDefinition } from '@andon/protocol';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { staleDocuments } from '../../../docs/generate.ts';
import { parseToml } from '../../../protocol/src/manifest/parse-toml.ts';
import { TestDaemon } from '../../support/daemon.ts';
import { allDocuments, blocksOf, read, ROOT } from './documents.ts';

test('errors, events, properties, commands and manual pages are what the tables and commands say', async () => {
  expect(await staleDocuments(), 'run: npm run generate').toEqual([]);
});

test('the README shows the example that is there, and its two commands', () => {
  const [example] = blocksOf('README.md').filter(({ language }) => language === 'ts');
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(read('package.json'));

  expect(`${example?.text}\n`).toBe(readFileSync(join(ROOT, 'examples/tcp-link/tcp-link.ts'), 'utf8'));
  expect(example?.text.split('\n').length).toBeLessThanOrEqual(25);
  expect(read('README.md')).toMatch(/^npm ci && npm run demo /m);
  expect(read('README.md')).toMatch(/^npm ci && npm test /m);
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(['demo', 'test']));
});

test('the type in the manual is one', () => {
  const [example] = blocksOf('docs/writing-a-host.md').filter(({ language }) => language === 'json');

  expect(TypeDefinition.safeParse(JSON.parse(example?.text ?? '')).error?.message).toBeUndefined();
});

test('the manifests in the manuals can be applied, and the resource of the example works as it says', async () => {
  const daemon = await TestDaemon.start();
  const sockets: Socket[] = [];
  const server = createServer((socket) => void sockets.push(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  // Beside the manifest, as the manual has it.
  const example = join(ROOT, 'examples/tcp-link/tcp-link.ts');
  const manifests = tomlBlocks().filter(({ text }) => !isSettings(text));
  mkdirSync(join(daemon.folder, 'manifests'));
  for (const [index, { text }] of manifests.entries()) {
    const file = join(daemon.folder, 'manifests', `${index}.toml`);
    writeFileSync(file, text.replace('./tcp-link.ts', example).replace('5432', String(port)));

    expect(await daemon.andon('apply', '-f', file)).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('applied'),
    });
  }

  await daemon.online('upstream');
  for (const socket of sockets) socket.destroy();

  expect(await daemon.client.next('failureReported', 'upstream')).toMatchObject({
    reason: `127.0.0.1:${port} closed the connection`,
    source: 'failureRecord',
  });
  await daemon.client.event(({ kind, resource, incarnation }) => kind === 'online' && resource === 'upstream' && incarnation === 2);
  expect(manifests).toHaveLength(2);

  // Its own end closes the connection, which is no failure: nothing is told of it, before the host can do anything else.
  await daemon.andon('offline', 'upstream');
  await daemon.online('upstream');
  const { stdout } = await daemon.andon('events', '--resource', 'upstream', '--kind', 'logged', '--json');
  expect(JSON.parse(stdout).events).toEqual([]);
});

const SCHEMAS = join(ROOT, 'protocol/schema/v1');

function tomlBlocks() {
  return allDocuments()
    .filter((name) => !name.startsWith('docs/decisions'))
    .flatMap(blocksOf)
    .filter(({ language }) => language === 'toml');
}

function isSettings(text: string): boolean {
  return text.includes('[daemon]');
}

/** As an editor does: the file as it is published, and not the table it was made from. */
function publishedSchema(name: string): z.ZodType {
  const json: z.core.JSONSchema.JSONSchema = JSON.parse(readFileSync(join(SCHEMAS, `${name}.schema.json`), 'utf8'));
  return z.fromJSONSchema(json);
}

test.each(tomlBlocks())('the TOML in the manuals fits the schema that editors use: $heading', ({ text }) => {
  const schema = publishedSchema(isSettings(text) ? 'manifest.Settings' : 'manifest.Manifest');
  const table = parseToml({ name: 'the manual', text, folder: ROOT });

  expect(schema.safeParse(table).error?.message).toBeUndefined();
  expect(schema.safeParse({ ...table, unknown: 1 }).success).toBe(false);
});

test('the settings in the manual are accepted', async () => {
  const daemon = await TestDaemon.start();
  const settings = tomlBlocks().filter(({ text }) => isSettings(text));
  mkdirSync(join(daemon.folder, 'etc'));
  for (const { text } of settings) {
    writeFileSync(join(daemon.folder, 'etc', 'andon.toml'), text);
    expect(await daemon.andon('reload')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('setting daemon.log-level: info → debug'),
    });
  }
  expect(settings).toHaveLength(1);
});

test('the schemas that the manual names are there', () => {
  const named = [...read('docs/configuration.md').matchAll(/schema\/v1\/([\w.]+\.json)/g)].map(([, name = '']) => name);

  expect(named.filter((name) => !existsSync(join(SCHEMAS, name)))).toEqual([]);
  expect(named).toHaveLength(2);
});
