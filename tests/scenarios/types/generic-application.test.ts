import { chmodSync, existsSync } from 'node:fs';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { applicationsIn, isRunning, killApplicationsIn } from '../../integration/resource-host/applications.ts';
import { atEndOfTest } from '../../support/at-end.ts';
import { canMakeCgroups, cgroupOf } from '../../support/cgroups.ts';
import { TestDaemon } from '../../support/daemon.ts';
import { freePort } from '../../support/servers.ts';
import { type Recipe, SERVICES } from '../../support/services.ts';
import { temporaryFolder } from '../../support/temporary.ts';

/** How each of them says that it works: redis and PostgreSQL speak to a service manager. The others are in services.test.ts. */
const READINESS: Readonly<Record<string, (port: number) => object>> = {
  nginx: (readyPort) => ({ readyPort }),
  redis: () => ({ readyNotify: true }),
  PostgreSQL: () => ({ readyNotify: true }),
};

interface Running {
  readonly daemon: TestDaemon;
  readonly folder: string;
  readonly port: number;
}

async function running({ name, prepare }: Recipe): Promise<Running> {
  const folder = temporaryFolder();
  chmodSync(folder, 0o755);
  atEndOfTest(() => killApplicationsIn(folder));
  const port = await freePort();
  const { application } = prepare(folder, port, false);
  const args = [...application.args, ...(name === 'redis' ? ['--supervised', 'systemd'] : [])];
  const set = { ...application, args, ...READINESS[name]?.(port) };
  const daemon = await TestDaemon.start();
  await daemon.client.request('resourceAdd', {
    resource: { name: 'service', type: 'generic-application', set: { ...set }, properties: { RestartDelay: 10 } },
  });
  await daemon.online('service');
  return { daemon, folder, port };
}

async function pidOf(daemon: TestDaemon): Promise<number> {
  return Number(/^pid (\d+)/.exec((await daemon.status('service')).statusText)?.[1]);
}

/** It works from the moment at which it is told to be Online: the very first connection is accepted. */
async function takesConnections(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.destroy();
}

async function onlineAgain(daemon: TestDaemon, incarnation: number): Promise<void> {
  await daemon.client.event((event) => event.kind === 'online' && event.resource === 'service' && event.incarnation === incarnation);
}

async function hostPid(daemon: TestDaemon): Promise<number> {
  const { hosts } = await daemon.client.request('hostList', {});
  return hosts.find(({ id }) => id === 'builtin')?.pid ?? 0;
}

describe.for(SERVICES.filter(({ name }) => name in READINESS))('$name', (recipe) => {
  test.skipIf(!recipe.isInstalled)(
    `is Online when it works, restarted after kill -9, adopted by the next host and the next daemon, and gone after offline (needs ${recipe.name}, root)`,
    async () => {
      const { daemon, folder, port } = await running(recipe);
      await takesConnections(port);
      // The workers of nginx survive their master, and keep its port.
      process.kill(await pidOf(daemon), 'SIGKILL');
      await onlineAgain(daemon, 2);
      await takesConnections(port);
      expect(daemon.client.kinds('service').filter((kind) => kind === 'terminateCalled')).toHaveLength(1);

      const pid = await pidOf(daemon);
      process.kill(await hostPid(daemon), 'SIGKILL');
      await onlineAgain(daemon, 3);
      expect(await pidOf(daemon)).toBe(pid);
      await daemon.crash();
      await daemon.up();
      await daemon.client.next('hostAdopted');
      expect(await daemon.status('service')).toMatchObject({ state: 'Online', incarnation: 3 });
      expect(isRunning(pid)).toBe(true);
      await takesConnections(port);

      const cgroup = canMakeCgroups() ? cgroupOf(pid) : undefined;
      await daemon.client.request('offline', { names: ['service'] });
      await daemon.client.next('offline', 'service');
      expect(applicationsIn(folder)).toEqual([]);
      if (cgroup !== undefined) expect(existsSync(cgroup)).toBe(false);
    },
  );
});
