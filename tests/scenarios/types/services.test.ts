import { chmodSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { applicationsIn, killApplicationsIn } from '../../integration/resource-host/applications.ts';
import { atEndOfTest } from '../../support/at-end.ts';
import { TestDaemon } from '../../support/daemon.ts';
import { freePort } from '../../support/servers.ts';
import { type Recipe, SERVICES } from '../../support/services.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const installed = SERVICES.filter(({ isInstalled }) => isInstalled);
const names = installed.map(({ name }) => name).join(', ');
/** A service that were back sooner could be there again before its lifeline has asked for it. */
const AWAY_MS = 1_000;

/** A daemon with the service as an application, and a lifeline to it that does not depend on it. */
async function running({ prepare }: Recipe, more: object = {}, hastily = false): Promise<{ daemon: TestDaemon; folder: string }> {
  const folder = temporaryFolder();
  chmodSync(folder, 0o755);
  atEndOfTest(() => killApplicationsIn(folder));
  const service = prepare(folder, await freePort(), hastily);
  const daemon = await TestDaemon.start();
  const { client } = daemon;
  await client.request('resourceAdd', {
    resource: { name: 'service', type: 'generic-application', set: { ...service.application }, properties: { RestartDelay: AWAY_MS } },
  });
  const set = { ...service.lifeline, answerTimeoutMs: 300 };
  const lifeline = { name: 'line', type: 'tcp-lifeline', set, properties: { RestartDelay: AWAY_MS + 500, ...more } };
  await client.request('resourceAdd', { resource: lifeline });
  await daemon.online('service');
  await daemon.online('line');
  expect(applicationsIn(folder)).not.toEqual([]);
  return { daemon, folder };
}

async function pidOf(daemon: TestDaemon): Promise<number> {
  return Number(/^pid (\d+)/.exec((await daemon.status('service')).statusText)?.[1]);
}

/** Resolves once it is Online under this incarnation. */
async function onlineAs(daemon: TestDaemon, name: string, incarnation: number): Promise<void> {
  await daemon.client.event((event) => event.kind === 'online' && event.resource === name && event.incarnation === incarnation);
}

describe.for(SERVICES)('$name', (recipe) => {
  const { isInstalled } = recipe;

  test.skipIf(!isInstalled)(
    `is restarted after kill -9, by event, without leftovers, and so is the lifeline to it (needs ${recipe.name}, root)`,
    async () => {
      const { daemon, folder } = await running(recipe);
      process.kill(await pidOf(daemon), 'SIGKILL');
      await onlineAs(daemon, 'service', 2);
      await onlineAs(daemon, 'line', 2);
      for (const name of ['service', 'line']) {
        expect(daemon.client.kinds(name).filter((kind) => kind === 'terminateCalled')).toHaveLength(1);
        expect(await daemon.status(name)).toMatchObject({ state: 'Online', contract: 'event' });
      }
      await daemon.client.request('offline', { names: ['line', 'service'] });
      await daemon.client.next('offline', 'service');
      expect(applicationsIn(folder)).toEqual([]);
    },
  );

  test.skipIf(!isInstalled)(`that is stopped is found by isAlive, and by nothing else (needs ${recipe.name}, root)`, async () => {
    const { daemon } = await running(recipe, { IsAlivePollInterval: 100, RestartDelay: 60_000 }, false);
    const pid = await pidOf(daemon);
    process.kill(pid, 'SIGSTOP');
    // The workers of nginx answer for their master.
    if (recipe.name === 'nginx') process.kill(-pid, 'SIGSTOP');
    const failed = await daemon.client.next('failed', 'line');
    process.kill(-pid, 'SIGCONT');
    expect(failed).toMatchObject({ source: 'isAlive' });
  });
});

test.skipIf(installed.length === 0)(`none that hangs up on idle connections has failed: ${names}`, { timeout: 400_000 }, async () => {
  const daemons = [];
  for (const recipe of installed) daemons.push((await running(recipe, {}, true)).daemon);
  await delay(Number(process.env['ANDON_IDLE_MS'] ?? 3_500));
  for (const daemon of daemons) {
    expect(daemon.client.kinds('line').slice(-1)).toEqual(['online']);
    expect(await daemon.status('line')).toMatchObject({ state: 'Online', incarnation: 1 });
  }
});
