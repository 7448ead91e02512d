import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { atEndOfTest } from '../../support/at-end.ts';
import { freePort } from '../../support/servers.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { hasPrograms } from '../../support/toolchain.ts';
import type { DaemonPlayer } from '../resource-host/daemon-player.ts';
import { isAlive, online, opened } from './host-of.ts';

const healthy: RequestListener = (_request, response) => response.setHeader('X-Version', '7').end('all is well');

/** The URL of a server of this test. */
async function serving(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEndOfTest(() => server.close().closeAllConnections());
  return `http://127.0.0.1:${z.object({ port: z.int() }).parse(server.address()).port}/health`;
}

function looksAlive(player: DaemonPlayer): Promise<unknown> {
  return player.result('looksAlive', { resourceId: 'it', incarnation: 1 });
}

test('a URL that answers is online, and is polled as its properties say', async () => {
  const properties = { url: await serving(healthy), looksAliveMs: 1_000, isAliveMs: 30_000 };
  const player = await opened('http', properties);
  const answer = await player.online('it', 1, properties);
  expect(answer).toMatchObject({ ok: true, result: { contract: 'poll', looksAliveMs: 1_000, isAliveMs: 30_000 } });
  expect(await looksAlive(player)).toEqual({ alive: true });
  expect(await isAlive(player)).toEqual({ alive: true });
});

test('online waits for an answer that is healthy, and says what it waits for', async () => {
  let isReady = false;
  const url = await serving((request, response) => (isReady ? healthy(request, response) : response.writeHead(503).end()));
  const player = await opened('http', { url });
  expect(await player.online('it', 1, { url })).toMatchObject({ result: { pending: true } });
  expect((await player.statusReport('onlinePending'))['text']).toBe(`waiting for ${url}: it answered 503, not 200-399`);
  isReady = true;
  await player.statusReport('online');
});

describe('the cheap question', () => {
  test('is HEAD over one connection', async () => {
    const seen: string[] = [];
    const url = await serving((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.socket.remotePort}`);
      // Without it Node closes the connection after a HEAD.
      response.setHeader('Content-Length', 1).end('x');
    });
    const player = await online('http', { url });
    for (let count = 0; count < 3; count++) await looksAlive(player);
    const asked = seen.filter((request) => request.startsWith('HEAD /health '));
    expect(asked).toHaveLength(3);
    expect(new Set(asked).size).toBe(1);
  });

  test('survives a server that hangs up on the connection meanwhile', async () => {
    const url = await serving((request, response) => {
      response.end();
      // Announces that the connection is kept, and does not keep it.
      response.on('finish', () => request.socket.end());
    });
    const player = await online('http', { url });
    for (let count = 0; count < 3; count++) expect(await looksAlive(player)).toEqual({ alive: true });
  });

  test('is OPTIONS for a server that does not know HEAD', async () => {
    const url = await serving((request, response) => response.writeHead(request.method === 'GET' ? 200 : 501).end());
    const player = await online('http', { url, head: false });
    expect(await looksAlive(player)).toEqual({ alive: true });
  });

  test('is answered by no when the status is another', async () => {
    const url = await serving((request, response) => response.writeHead(request.method === 'GET' ? 204 : 500).end());
    const player = await online('http', { url, expectStatus: '204' });
    expect(await looksAlive(player)).toEqual({ alive: false, reason: `${url}: it answered 500, not 204` });
  });
});

describe('the thorough question', () => {
  test.each([
    [{ expectBody: 'all is ill' }, 'its body, which begins with "all is well", does not match all is ill'],
    [{ expectHeaders: { 'X-Version': '^8$' } }, 'its header X-Version is "7", which does not match ^8$'],
    [{ expectStatus: '201,500-599' }, 'it answered 200, not 201,500-599'],
  ])('is answered by no with %j', async (properties, problem) => {
    const all = { url: await serving(healthy), onlineTimeoutMs: 0, ...properties };
    const player = await opened('http', all);
    expect(await player.onlineFailure('it', 1, all)).toBe(`${all.url}: ${problem}`);
    await player.terminate('it', 1);
  });

  test('sends what it is told to', async () => {
    const url = await serving((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () =>
        response.end(`${request.method} ${request.headers.host} ${String(request.headers['x-key'])} ${Buffer.concat(chunks).toString()}`),
      );
    });
    await online('http', {
      url,
      method: 'POST',
      headers: { Host: 'other', 'X-Key': 'k' },
      body: '{}',
      expectBody: '^POST other k \\{\\}$',
    });
  });

  test('has a time limit, whole answer included', async () => {
    const url = await serving((_request, response) => response.write('never ends'));
    const properties = { url, timeoutMs: 200, onlineTimeoutMs: 0 };
    const player = await opened('http', properties);
    expect(await player.onlineFailure('it', 1, properties)).toBe(`${url}: no whole answer within 200 ms`);
  });

  test('reads no more than a MiB', async () => {
    const url = await serving((_request, response) => {
      const more = (): void => {
        while (response.writable && response.write(Buffer.alloc(65_536, 'x')));
      };
      response.on('drain', more);
      more();
    });
    const player = await online('http', { url });
    expect(await isAlive(player)).toEqual({ alive: true });
  });

  test('names the reason when nobody listens', async () => {
    const url = `http://127.0.0.1:${await freePort()}/`;
    const player = await opened('http', { url, onlineTimeoutMs: 0 });
    expect(await player.onlineFailure('it', 1, { url, onlineTimeoutMs: 0 })).toContain(`${url}: connect ECONNREFUSED`);
  });
});

test.each([
  [{ url: 'ftp://x' }, 'url: must be a URL'],
  [{ url: 'http://x', expectStatus: '2xx' }, 'expectStatus: must be like 200-399'],
  [{ url: 'http://x', expectBody: '[' }, 'expectBody: is not a regular expression'],
])('is not opened with %j', async (properties, problem) => {
  await expect(opened('http', properties)).rejects.toThrow(problem);
});

describe.skipIf(!hasPrograms('openssl'))('a certificate (needs openssl)', () => {
  async function tls(days: number): Promise<{ url: string; caFile: string }> {
    const folder = temporaryFolder();
    const [key, caFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', caFile, '-days', String(days), ...subject];
    execFileSync('openssl', made, { stdio: 'ignore' });
    const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(caFile) }, healthy).listen(0, '127.0.0.1');
    await once(server, 'listening');
    atEndOfTest(() => server.close().closeAllConnections());
    return { url: `https://127.0.0.1:${z.object({ port: z.int() }).parse(server.address()).port}/`, caFile };
  }

  test('must be trusted, last, and is both with its CA', async () => {
    const { url, caFile } = await tls(30);
    const player = await opened('http', { url });
    const once = { url, onlineTimeoutMs: 0 };
    expect(await player.onlineFailure('it', 1, once)).toContain('self-signed certificate');
    await player.terminate('it', 1);
    expect(await player.onlineFailure('it', 2, { ...once, caFile, minCertificateDays: 31 })).toBe(
      `${url}: its certificate expires in 29 days, minCertificateDays is 31`,
    );
    await player.terminate('it', 2);
    await player.onlineAtLast('it', 3, { ...once, caFile, minCertificateDays: 29 });
    await player.offlineAtLast('it', 3);
    await player.onlineAtLast('it', 4, { ...once, verify: false });
  });
});
