import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TypeName } from '@andon/protocol';
import { expect, test } from 'vitest';
import { SCRIPTED_HOST, TestDaemon } from '../support/daemon.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** One for each place in which a secret may stand. None of them occurs in anything else. */
const SECRETS = {
  byName: 'pw-Zebra "quoted" \\ 71',
  bySchema: 'wo-Zebra-72',
  byFormat: 'fm-Zebra-73',
  nested: 'ns-Zebra-74',
  inList: 'ls-Zebra-75',
  asNumber: 918273646,
  ofType: 'ev-Zebra-76',
  ofResource: 'er-Zebra-77',
  option: 'op-Zebra-78',
  nextWord: 'nw-Zebra-79',
  inSchema: 'ds-Zebra-80',
  multiLine: 'first-Zebra-81\nsecond-Zebra-82',
} as const;

/** Known to nobody but the log that has them. */
const UNKNOWN = { named: 'un-Zebra-83', address: 'ad-Zebra-84', json: 'js-Zebra-85' };

async function plant(daemon: TestDaemon): Promise<void> {
  const type = {
    name: TypeName.parse('vault'),
    command: [
      process.execPath,
      SCRIPTED_HOST,
      '--journal',
      daemon.journalPath,
      `--token-file=${SECRETS.option}`,
      '--password',
      SECRETS.nextWord,
    ],
    env: { VAULT_ADDRESS: SECRETS.ofType },
    jsonSchema: {
      type: 'object',
      properties: {
        lever: { type: 'string', writeOnly: true, default: SECRETS.inSchema },
        grip: { type: 'string', format: 'password' },
        nest: { type: 'object', properties: { inner: { anyOf: [{ type: 'string', writeOnly: true }] } } },
      },
    },
  };
  // The scripted host knows no such options, so it is registered as it is meant and changed afterwards.
  await daemon.client.request('typeRegister', { type: { ...type, command: type.command.slice(0, 4) } });
  const { byName, bySchema, byFormat, nested, inList, asNumber, ofResource, multiLine } = SECRETS;
  await daemon.add(
    'web',
    'vault',
    {},
    {
      set: {
        script: {},
        dbPassword: byName,
        lever: bySchema,
        grip: byFormat,
        nest: { inner: nested },
        apiTokens: [{ value: inList }],
        pinKey: asNumber,
        env: { HARMLESS: ofResource },
        privateKey: multiLine,
      },
    },
  );
  await daemon.online('web');
  for (const value of [...Object.values(SECRETS).map(String), ...multiLine.split('\n')]) {
    await daemon.do('web', { action: 'notify', method: 'log', params: { level: 'info', text: `the host says ${value} aloud` } });
  }
  const log = join(daemon.folder, 'state', 'logs', 'hosts', 'vault.log');
  for (const value of Object.values(SECRETS)) {
    const text = String(value);
    appendFileSync(log, `${text}\n${JSON.stringify({ value })}\n${JSON.stringify(JSON.stringify({ value }))}\n`);
    appendFileSync(log, `?v=${encodeURIComponent(text)} ${Buffer.from(text).toString('base64')}\n`);
  }
  appendFileSync(log, `password: ${UNKNOWN.named}\npostgres://ada:${UNKNOWN.address}@db/x\n{"access_token":"${UNKNOWN.json}"}\n`);
  await daemon.do('web', { action: 'exit' }).catch(() => undefined);
  await daemon.client.next('incidentRecorded');
  await daemon.client.event(({ kind, incarnation }) => kind === 'online' && incarnation === 2);
  await daemon.client.request('offline', { names: ['web'] });
  await daemon.client.request('typeRegister', { type });
}

/** Everything in the archive, names and contents, as one text. */
function unpacked(path: string): { readonly all: string; readonly names: readonly string[] } {
  const folder = temporaryFolder();
  execFileSync('tar', ['-xzf', path, '-C', folder]);
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(folder, name)).isFile());
  return {
    names: names.map((name) => name.slice(name.indexOf('/') + 1)),
    all: names.map((name) => `${name}\n${readFileSync(join(folder, name), 'utf8')}`).join('\n'),
  };
}

function tokensOf(daemon: TestDaemon): string[] {
  return daemon
    .journal()
    .map(({ pid }) => pid)
    .flatMap((pid) => {
      try {
        return [/ANDON_TOKEN=([0-9a-f]+)/.exec(readFileSync(`/proc/${pid}/environ`, 'utf8'))?.[1] ?? ''];
      } catch {
        return [];
      }
    });
}

function expectNoSecret(all: string, more: readonly string[] = []): void {
  const values = [...Object.values(SECRETS).map(String), ...SECRETS.multiLine.split('\n'), ...Object.values(UNKNOWN), ...more];
  const forms = values.flatMap((value) => [
    value,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value),
    Buffer.from(value).toString('base64').replace(/=+$/, ''),
  ]);
  expect(forms.filter((form) => all.includes(form))).toEqual([]);
  expect(all).not.toMatch(/Zebra/);
}

test('a bundle has everything but secrets, wherever they were planted; with a daemon and without', async () => {
  const daemon = await TestDaemon.start();
  await plant(daemon);
  await daemon.scripted('plain');
  await daemon.add('other', 'plain');
  await daemon.online('other');
  const tokens = tokensOf(daemon);
  expect(tokens.join('')).not.toBe('');
  const log = join(daemon.folder, 'state', 'logs', 'hosts', 'vault.log');
  appendFileSync(log, `${tokens.join('\n')}\n`);

  const path = join(daemon.folder, 'live.tar.gz');
  const made = await daemon.andon('bundle', '-o', path, '--json');
  expect(made).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(made.stdout)).toMatchObject({ ok: true, path, bytes: statSync(path).size, warnings: [] });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const live = unpacked(path);
  expectNoSecret(live.all, tokens);
  expect(live.names).toEqual(
    expect.arrayContaining([
      'README.txt',
      'versions.json',
      'status.json',
      'configuration.json',
      'configuration.toml',
      'doctor.json',
      'events.ndjson',
      'process.txt',
      'logs/andond.log',
      'logs/hosts/vault.log',
    ]),
  );
  expect(live.names.some((name) => /^incidents\/\d{8}T\d{6}-vault-1\.json$/.test(name))).toBe(true);
  expect(live.all).toContain('"VAULT_ADDRESS": "(left out)"');
  expect(live.all).toContain('"--password",\n        "(left out)"');
  expect(live.all).toContain('the host says (left out) aloud');
  expect(live.all).toContain('password: (left out)\npostgres://ada:(left out)@db/x');

  await daemon.stop();
  const dead = join(daemon.folder, 'dead.tar.gz');
  const ran = await daemon.andon('bundle', '-o', dead);
  expect(ran.code).toBe(0);
  expect(ran.stderr).toContain('No daemon answers.');
  expect(ran.stderr).toMatch(/wrote .*dead\.tar\.gz: \d+ KiB, \d+ files \(\d+ logs?, 1 incident\)/);
  const left = unpacked(dead);
  expectNoSecret(left.all, tokens);
  expect(left.names).toEqual(expect.arrayContaining(['configuration.toml', 'events.ndjson', 'logs/hosts/vault.log']));
  expect(left.all).toContain('"kind":"incidentRecorded"');
});

test('a bundle overwrites nothing unless it is told to, and leaves nothing behind when it fails', async () => {
  const daemon = new TestDaemon();
  const path = join(daemon.folder, 'mine.tar.gz');
  writeFileSync(path, 'precious');
  const refused = await daemon.andon('bundle', '-o', path, '--json');
  expect(refused.code).toBe(4);
  expect(JSON.parse(refused.stdout)).toMatchObject({ ok: false, error: { code: 'fileExists' } });
  expect(readFileSync(path, 'utf8')).toBe('precious');
  expect((await daemon.andon('bundle', '-o', path, '--force')).code).toBe(0);
  expect(unpacked(path).names).toContain('README.txt');

  const temporary = join(daemon.folder, 'tmp');
  mkdirSync(temporary);
  daemon.env['TMPDIR'] = temporary;
  const nowhere = await daemon.andon('bundle', '-o', join(daemon.folder, 'none', 'x.tar.gz'));
  expect(nowhere.code).toBe(6);
  expect(nowhere.stderr).toContain('cannot be written: it does not exist');
  daemon.env['PATH'] = '/nonexistent';
  const noTar = await daemon.andon('bundle', '-o', join(daemon.folder, 'x.tar.gz'));
  expect(noTar.code).toBe(6);
  expect(readdirSync(temporary).filter((name) => /^andon-(bundle|store)/.test(name))).toEqual([]);
  expect(existsSync(join(daemon.folder, 'x.tar.gz'))).toBe(false);
  expect(readdirSync(daemon.folder).filter((name) => name.endsWith('.new'))).toEqual([]);
});
