import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { clusterCallOf, installedAgents, OCF_ROOT } from '../../../resource-host/src/builtin/ocf-agent/agent.ts';
import { metaDataOf } from '../../../resource-host/src/builtin/ocf-agent/meta-data.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { isRunning } from '../resource-host/applications.ts';
import type { DaemonPlayer } from '../resource-host/daemon-player.ts';
import { connectedHost } from '../resource-host/host-test.ts';
import { isAlive, opened } from './host-of.ts';

const agents = installedAgents(OCF_ROOT);
const hasAgents = agents.length > 0;

/** An agent of the test: what it does for each action, in a shell. Its folder is FOLDER. */
function agentOf(actions: Readonly<Record<string, string>>, parameters = ''): { agent: string; folder: string } {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'test'));
  const agent = join(folder, 'test', 'thing');
  const metaData = `<?xml version="1.0"?>
<resource-agent name="thing" version="1.0"><version>1.1</version><longdesc lang="en">A  thing</longdesc><shortdesc lang="en">thing</shortdesc>
<parameters>${parameters}</parameters>
<actions><action name="start" timeout="5s"/><action name="stop" timeout="5"/><action name="monitor" timeout="2000ms" interval="7s"/>
<action name="monitor" depth="10" timeout="2s" interval="1min"/><action name="meta-data" timeout="5"/></actions></resource-agent>`;
  const all = { start: 'touch $F/up', stop: 'rm -f $F/up', monitor: '[ -e $F/up ] || exit 7', 'validate-all': 'exit 0', ...actions };
  const cases = Object.entries(all).map(([action, script]) => `${action}) ${script} ;;`);
  const script = `#!/bin/sh\nF=${folder}\necho "$1 $OCF_CHECK_LEVEL" >> $F/calls\ncase "$1" in\nmeta-data) cat <<'END'\n${metaData}\nEND\n;;\n${cases.join('\n')}\n*) exit 3;;\nesac\n`;
  writeFileSync(agent, script);
  chmodSync(agent, 0o755);
  return { agent, folder };
}

async function online(properties: object): Promise<DaemonPlayer> {
  const player = await opened('ocf-agent', properties);
  await player.onlineAtLast('it', 1, properties);
  return player;
}

describe('an agent', () => {
  test('is called as the API says, and polled as it recommends', async () => {
    const { agent, folder } = agentOf(
      { start: 'env | grep ^OCF_ | sort > $F/env; touch $F/up' },
      '<parameter name="size"><content type="integer"/></parameter>',
    );
    const properties = { agent, parameters: { size: 7 } };
    const player = await opened('ocf-agent', properties);
    const answer = await player.online('it', 1, properties);
    expect(answer).toMatchObject({ ok: true, result: { contract: 'poll', looksAliveMs: 7_000, isAliveMs: 60_000 } });
    expect(await player.result('looksAlive', { resourceId: 'it', incarnation: 1 })).toEqual({ alive: true });
    expect(await isAlive(player)).toEqual({ alive: true });
    await player.offlineAtLast('it', 1);
    expect(readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n')).toEqual([
      'meta-data ',
      'validate-all 0',
      'meta-data ',
      'start 0',
      'monitor 0',
      'monitor 0',
      'monitor 10',
      'stop 0',
    ]);
    const env = readFileSync(join(folder, 'env'), 'utf8').trim().split('\n');
    expect(env).toEqual(
      expect.arrayContaining([
        'OCF_RESKEY_size=7',
        'OCF_RESOURCE_INSTANCE=it',
        'OCF_RESOURCE_TYPE=thing',
        'OCF_RESOURCE_PROVIDER=test',
        'OCF_RA_VERSION_MAJOR=1',
        'OCF_RESKEY_CRM_meta_timeout=5000',
      ]),
    );
  });

  test.each([
    [
      { start: 'echo "ocf-exit-reason:port 80 is taken" >&2; exit 1' },
      'ocf:test:thing start: exit code 1 (generic error): port 80 is taken',
    ],
    [
      { start: 'exit 5' },
      'ocf:test:thing start: exit code 5 (not installed); install what it needs, or correct its parameters: andon type show ocf:test:thing',
    ],
    [{ start: 'exit 0', monitor: 'exit 7' }, 'ocf:test:thing monitor: exit code 7 (not running)'],
    [{ start: 'exec sleep 600' }, 'ocf:test:thing start: did not return within 5000 ms'],
  ])('that fails to start says why: %j', { timeout: 20_000 }, async (actions, reason) => {
    const { agent } = agentOf(actions);
    const player = await opened('ocf-agent', { agent });
    expect(await player.onlineFailure('it', 1, { agent })).toBe(reason);
    expect(await player.terminate('it', 1)).toMatchObject({ ok: true });
  });

  test.each([
    ['exit 0', { alive: true }],
    ['exit 8', { alive: true }],
    ['echo "ocf-exit-reason:one leg" >&2; exit 190', { alive: true }],
    ['exit 9', { alive: false, reason: 'ocf:test:thing monitor: exit code 9 (failed, promoted)' }],
  ])('answers a monitor with: %s', async (script, answer) => {
    const { agent, folder } = agentOf({ monitor: `[ -e $F/late ] || exit 0; ${script}` });
    const player = await online({ agent });
    writeFileSync(join(folder, 'late'), '');
    expect(await isAlive(player)).toEqual(answer);
  });

  test.each([
    [{ agent: 'ocf:heartbeat:no-such' }, 'no-such: no such file (ENOENT)'],
    [{ agent: 'nginx' }, 'agent "nginx" is not like ocf:heartbeat:nginx'],
    [{ parameters: { siez: 1 } }, 'ocf:test:thing has no parameter siez. Did you mean "size"?'],
    [{ parameters: {} }, 'ocf:test:thing needs the parameter size'],
  ])('is refused with %j', async (properties, reason) => {
    const { agent } = agentOf(
      {},
      '<parameter name="size" required="1"><shortdesc>how big</shortdesc><content type="integer"/></parameter>',
    );
    await expect(opened('ocf-agent', { agent, ...properties })).rejects.toThrow(reason);
  });

  test('that asks a cluster is refused, unless told otherwise', async () => {
    const { agent } = agentOf({ start: 'crm_attribute --query; touch $F/up' });
    await expect(opened('ocf-agent', { agent })).rejects.toThrow(/asks a cluster \(.+, line \d+: crm_attribute\), and here is none/);
    await online({ agent, clusterTools: 'allow' });
  });

  test('reports by the event handle in its environment', async () => {
    const { agent } = agentOf({
      start: 'touch $F/up; (sleep 0.1; echo "$ANDON_FAILURE_RECORD the disk is gone" > "$ANDON_EVENT_HANDLE") &',
    });
    const player = await online({ agent });
    expect(await player.records.take()).toMatchObject({ resource: 'it', incarnation: 1, reason: 'the disk is gone' });
  });
});

describe('what start leaves running', () => {
  const daemon = "setsid sh -c 'exec env -i sleep 600' & echo $! > $F/pid; touch $F/up";
  const pidFile = { start: daemon, stop: 'exit 0', monitor: 'kill -0 $(cat $F/pid) 2>/dev/null || exit 7' };

  function pidIn(folder: string): number {
    return Number(readFileSync(join(folder, 'pid'), 'utf8'));
  }

  test.skipIf(process.getuid?.() !== 0)(
    'is watched by the kernel, whoever is its parent and whatever its environment (needs root and cgroup v2)',
    async () => {
      const { agent, folder } = agentOf(pidFile);
      const player = await online({ agent });
      const pid = pidIn(folder);
      process.kill(pid, 'SIGKILL');
      expect((await player.records.take()).reason).toBe(`pid ${pid} has ended: ocf:test:thing monitor: exit code 7 (not running)`);
      expect(await player.terminate('it', 1)).toMatchObject({ ok: true });
    },
  );

  test.skipIf(process.getuid?.() !== 0)(
    'is no failure when it ends and the agent says that all is well (needs root and cgroup v2)',
    async () => {
      const { agent, folder } = agentOf({ ...pidFile, monitor: 'exit 0' });
      const player = await online({ agent });
      process.kill(pidIn(folder), 'SIGKILL');
      await player.notifications.take((told) => JSON.stringify(told).includes('its agent says that it works'));
      expect(await isAlive(player)).toEqual({ alive: true });
      expect(player.records.peek()).toEqual([]);
    },
  );

  test.skipIf(process.getuid?.() !== 0)(
    'is killed by terminate although the agent says that it stopped (needs root and cgroup v2)',
    async () => {
      const { agent, folder } = agentOf(pidFile);
      const player = await online({ agent });
      const pid = pidIn(folder);
      expect(await player.terminate('it', 1)).toMatchObject({ ok: true });
      expect(isRunning(pid)).toBe(false);
    },
  );

  test('is not ended by a host that is killed: the next one finds it running and goes on', async () => {
    const { agent, folder } = agentOf({
      ...pidFile,
      stop: 'kill $(cat $F/pid) 2>/dev/null; exit 0',
      start: `kill -0 $(cat $F/pid 2>/dev/null) 2>/dev/null || { ${daemon}; }`,
    });
    const { player, host } = await connectedHost('--builtin');
    await player.result('startup', { types: ['ocf-agent'] });
    await player.open('it', 'ocf-agent', { agent });
    await player.onlineAtLast('it', 1, { agent });
    const pid = pidIn(folder);
    host.process.kill('SIGKILL');
    await host.exited;
    player.startHost('--builtin');
    await player.hellos.take();
    await player.result('startup', { types: ['ocf-agent'] });
    expect(await player.open('it', 'ocf-agent', { agent }, true)).toEqual({ found: 'running' });
    await player.onlineAtLast('it', 2, { agent });
    expect(pidIn(folder)).toBe(pid);
    expect(isRunning(pid)).toBe(true);
    await player.offlineAtLast('it', 2);
    expect(isRunning(pid)).toBe(false);
  });
});

describe.skipIf(!hasAgents)('the agents of Debian (needs resource-agents)', () => {
  test('all tell what they are', { timeout: 60_000 }, async () => {
    const told = await Promise.all(
      agents.map(async (agent) => ({ agent, metaData: await metaDataOf(agent, OCF_ROOT).catch((error: unknown) => String(error)) })),
    );
    expect(told.filter(({ metaData }) => typeof metaData === 'string')).toEqual([]);
    const poor = told.filter(
      ({ metaData }) => typeof metaData !== 'string' && (metaData.summary === '' || !metaData.actions.some(({ name }) => name === 'start')),
    );
    expect(poor.map(({ agent }) => agent.type)).toEqual([]);
  });

  test('those that ask a cluster are known', () => {
    const asking = agents.filter((agent) => clusterCallOf(agent) !== undefined).map(({ type }) => type);
    expect(asking).toEqual(expect.arrayContaining(['ClusterMon', 'galera', 'pgsql', 'redis', 'SAPInstance']));
    expect(asking).not.toEqual(expect.arrayContaining(['Dummy']));
    for (const plain of ['Dummy', 'nginx', 'apache', 'IPaddr2', 'Filesystem', 'Route', 'anything']) expect(asking).not.toContain(plain);
  });
});
