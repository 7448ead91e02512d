import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { TypeName } from '@andon/protocol';
import { expect, test } from 'vitest';
import { checkout } from '../architecture/tree.ts';
import { SCRIPTED_HOST, TestDaemon } from '../support/daemon.ts';

const SECRET = 'opened-sesame-4711';

test('after a failure and the death of a host, no token stands outside the store, and no secret of a type outside its configuration', async () => {
  const daemon = await TestDaemon.start();
  const command = [process.execPath, SCRIPTED_HOST, '--journal', daemon.journalPath];
  await daemon.client.request('typeRegister', { type: { name: TypeName.parse('demo'), command, env: { DB_PASSWORD: SECRET } } });
  await daemon.add('web', 'demo');
  await daemon.online('web');
  const pid = (await daemon.status('web')).monitorProcessId;
  const token = /(?:^|\0)ANDON_TOKEN=([^\0]+)/.exec(readFileSync(`/proc/${pid}/environ`, 'utf8'))?.[1] ?? '';
  expect(token.length).toBeGreaterThanOrEqual(32);
  const after = daemon.client.seq;
  process.kill(pid ?? 0, 'SIGABRT');
  await daemon.client.event(({ kind }) => kind === 'incidentRecorded');
  await daemon.client.next('online', 'web', after);
  const bundle = join(daemon.folder, 'bundle.tar.gz');
  expect((await daemon.andon('bundle', '-o', bundle)).code).toBe(0);

  const texts = new Map([['bundle', gunzipSync(readFileSync(bundle)).toString('latin1')]]);
  for (const args of [['status'], ['events'], ['host', 'list'], ['incidents', 'list']])
    texts.set(args.join(' '), (await daemon.andon(...args, '--json')).stdout);
  const state = join(daemon.folder, 'state');
  for (const path of readdirSync(state, { recursive: true, encoding: 'utf8' }))
    if (statSync(join(state, path)).isFile() && !path.startsWith('andon.db')) texts.set(path, readFileSync(join(state, path), 'latin1'));
  expect([...texts.keys()].filter((path) => path.startsWith('incidents/'))).not.toEqual([]);
  for (const [where, text] of texts) for (const secret of [token, SECRET]) expect(text.includes(secret), where).toBe(false);
});

test('a token is compared by sameSecret, in constant time, and never with an operator', () => {
  const daemon = checkout().filter(({ path }) => path.startsWith('daemon/src/'));
  const comparing = daemon.filter(({ text }) => /\btoken\b\s*[!=]==(?!\s*'')|[!=]==\s*\S*\btoken\b/.test(text)).map(({ path }) => path);
  expect(comparing).toEqual([]);
  expect(daemon.find(({ path }) => path.endsWith('hosts/same-secret.ts'))?.text).toContain(
    'timingSafeEqual(digestOf(given), digestOf(expected))',
  );
  expect(daemon.find(({ path }) => path.endsWith('hosts/host-directory.ts'))?.text).toContain('isToken(hello.data.token, sameSecret)');
});
