import { appendFileSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ResourceName, TypeName } from '@andon/protocol';
import { describe, expect, test } from 'vitest';
import { isRunning } from '../integration/resource-host/applications.ts';
import { TestDaemon } from '../support/daemon.ts';
import { processesWith } from '../support/leftovers.ts';
import { livesItsStory } from '../support/program-story.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { hasPrograms } from '../support/toolchain.ts';
import { CHECKED, newHostIn, verdictOf } from './verdict.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LIMIT_MS = 300_000;

describe.skipIf(!hasPrograms('socat', 'jq'))('hosts in sh (needs socat and jq)', { timeout: LIMIT_MS }, () => {
  test('the kit finds nothing against the template', async () => {
    expect((await verdictOf([join(await newHostIn('sh'), 'test.sh'), '--json'])).against).toEqual([]);
  });

  test('nor against log-pattern', async () => {
    const folder = temporaryFolder();
    for (const name of CHECKED) writeFileSync(join(folder, `${name}.log`), '');
    const set = ['--set', `path=${folder}/{resource}.log`, '--set', 'pattern=^panic'];
    const options = ['--type', 'log-pattern', ...set, '--induce-failure', `echo 'panic: disk' >> ${folder}/$ANDON_RESOURCE.log`];
    const command = ['sh', join(ROOT, 'resource-host/sh/example/host.sh')];
    expect((await verdictOf(['andon', 'host', 'check', '--json', ...options, '--', ...command])).against).toEqual([]);
  });

  test('a host that is killed while it repeats a record leaves no process and no folder', async () => {
    const folder = temporaryFolder();
    const daemon = await TestDaemon.start({ TMPDIR: folder });
    const command = ['sh', join(ROOT, 'resource-host/sh/example/host.sh')];
    await daemon.client.request('typeRegister', { type: { name: TypeName.parse('log-pattern'), command } });
    const log = join(folder, 'log');
    writeFileSync(log, '');
    const set = { path: log, pattern: '^panic' };
    await daemon.client.request('resourceAdd', { resource: { name: ResourceName.parse('web'), type: 'log-pattern', set } });
    await daemon.online('web');
    const { seq } = daemon.client;
    const host = (await daemon.status('web')).monitorProcessId ?? 0;
    // A daemon that does not read gives no answer.
    process.kill(daemon.pid, 'SIGSTOP');
    appendFileSync(log, 'panic\n');
    const failed = join(folder, readdirSync(folder).find((name) => name.startsWith('andon-sh.')) ?? '', 'r/web/failed');
    await expect.poll(() => existsSync(failed), { timeout: 10_000 }).toBe(true);
    process.kill(host, 'SIGKILL');
    process.kill(daemon.pid, 'SIGCONT');
    await daemon.client.next('online', 'web', seq);
    await daemon.andon('down');
    const ofHosts = (): number[] => processesWith(`TMPDIR=${folder}`).filter((pid) => pid !== daemon.pid && isRunning(pid));
    await expect.poll(ofHosts, { timeout: 10_000 }).toEqual([]);
    expect(readdirSync(folder).filter((name) => name.startsWith('andon-sh.'))).toEqual([]);
  });

  test('under a real daemon a program is restarted, survives the daemon, and is gone after down', async () => {
    const folder = await newHostIn('sh');
    const daemon = await TestDaemon.start();
    await livesItsStory(daemon, join(folder, 'type.toml'));
  });
});
