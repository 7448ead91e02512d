import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { once } from 'node:events';
import { TypeDefinition } from '@andon/protocol';
import { expect, onTestFinished, test } from 'vitest';
import { staleDocuments } from '../../../docs/generate.ts';
import { TestDaemon } from '../../support/daemon.ts';
import { blocksOf, read, ROOT } from './documents.ts';

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
  const manifests = ['docs/configuration.md', 'docs/writing-a-host.md'].flatMap(blocksOf).filter(({ language }) => language === 'toml');
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
});
