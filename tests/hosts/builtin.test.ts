import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { HAS_GROUND } from '../support/ground.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { GREETER, supervisedPrograms } from './supervised-programs.ts';
import { CHECKED, verdictOf } from './verdict.ts';

const HOST = [process.execPath, join(import.meta.dirname, '../../resource-host/bin/andon-resource-host.js'), '--builtin'];
const ANYTHING = '/usr/lib/ocf/resource.d/heartbeat/anything';
const LIMIT_MS = 300_000;

/** What the kit is told of a type. Texts stand in a shell, in the folder. */
interface Case {
  readonly type: string;
  readonly set: Readonly<Record<string, unknown>>;
  /** Breaks $ANDON_RESOURCE. */
  readonly failure: string;
  /** Comes before, in a network and mounts of its own. */
  readonly prepare?: string;
}

/** What the kit holds against the built-in host, by type. Kits mostly wait, so some run beside each other. */
async function heldAgainst(folder: string, cases: readonly Case[]): Promise<Record<string, readonly string[]>> {
  const verdicts = cases.map(async ({ type, set, failure, prepare }) => {
    const properties = Object.entries(set).flatMap(([key, value]) => ['--set', `${key}=${JSON.stringify(value)}`]);
    const induce = ['--induce-failure', `cd ${folder} && ${failure}`];
    const kit = ['andon', 'host', 'check', '--json', '--type', type, ...properties, ...induce, '--', ...HOST];
    const ground = prepare === undefined ? [] : ['unshare', '-m', '-n', 'sh', '-ec', `cd ${folder}; ${prepare}; exec "$@"`, 'kit'];
    const { against } = await verdictOf([...ground, ...kit]);
    return [type, against] as const;
  });
  return Object.fromEntries(await Promise.all(verdicts));
}

describe('the kit finds nothing against the built-in host', { timeout: LIMIT_MS }, () => {
  test('of generic-application and process', async () => {
    const folder = temporaryFolder();
    supervisedPrograms(folder, CHECKED);
    const program = 'echo $$ > {resource}.own; exec sleep 600';
    const cases = [
      {
        type: 'generic-application',
        set: { command: 'sh', args: ['-c', program], cwd: folder },
        failure: 'kill -KILL $(cat $ANDON_RESOURCE.own)',
      },
      { type: 'process', set: { pidFile: `${folder}/{resource}.pid` }, failure: 'kill -KILL $(cat $ANDON_RESOURCE.pid)' },
    ];
    expect(await heldAgainst(folder, cases)).toEqual({ 'generic-application': [], process: [] });
  });

  test('of tcp-lifeline and watch, which does not look for a command of before', async () => {
    const folder = temporaryFolder();
    supervisedPrograms(folder, CHECKED, GREETER);
    const follow = 'touch {resource}; exec tail -n 0 -F {resource}';
    const cases = [
      {
        type: 'tcp-lifeline',
        set: { path: `${folder}/{resource}.sock`, expect: '220 ready' },
        failure: 'kill -KILL $(cat $ANDON_RESOURCE.pid)',
      },
      { type: 'watch', set: { command: 'sh', args: ['-c', `cd ${folder}; ${follow}`] }, failure: 'echo broken >> $ANDON_RESOURCE' },
    ];
    const { watch = [], ...others } = await heldAgainst(folder, cases);
    expect(others).toEqual({ 'tcp-lifeline': [] });
    expect(watch).toEqual([expect.stringContaining('C-9 warn: open answered "nothing"')]);
  });

  test.skipIf(!HAS_GROUND)('of mount, address and link (needs root, util-linux, iproute2)', async () => {
    const folder = temporaryFolder();
    const eachName = `for name in ${CHECKED.join(' ')}; do`;
    const links = `ip link set lo up; n=0; ${eachName} n=$((n + 1)); ip link add $name type veth peer name peer$n; ip link set peer$n up; ip link set $name up; done`;
    const cases = [
      {
        type: 'mount',
        set: { device: 'tmpfs', fstype: 'tmpfs', directory: `${folder}/{resource}`, makeDirectory: true },
        failure: 'umount $ANDON_RESOURCE',
        prepare: 'true',
      },
      {
        type: 'address',
        set: { address: '192.0.2.10/24', interface: '{resource}' },
        failure: 'ip addr del 192.0.2.10/24 dev $ANDON_RESOURCE',
        prepare: links,
      },
      {
        type: 'link',
        set: { interface: '{resource}' },
        // Up again for the online that follows; not at once, so that it is seen.
        failure: 'ip link set $ANDON_RESOURCE down && sleep 1 && ip link set $ANDON_RESOURCE up',
        prepare: links,
      },
    ];
    // Names of interfaces are too short for the many resources of H-4.
    const tooShort = [expect.stringMatching(/^H-4 notReached: .*must be the name of a network interface/)];
    expect(await heldAgainst(folder, cases)).toEqual({ mount: [], address: tooShort, link: tooShort });
  });

  test.skipIf(!existsSync(ANYTHING) || process.getuid?.() !== 0)(
    'of ocf-agent, whose online pends (needs resource-agents, root)',
    async () => {
      const folder = temporaryFolder();
      const parameters = { binfile: '/usr/bin/sleep', cmdline_options: '600', pidfile: `${folder}/{resource}.pid`, logfile: '/dev/null' };
      const set = { agent: 'ocf:heartbeat:anything', parameters };
      const cases = [{ type: 'ocf-agent', set, failure: 'kill -KILL $(cat $ANDON_RESOURCE.pid)' }];
      expect(await heldAgainst(folder, cases)).toEqual({ 'ocf-agent': [] });
    },
  );
});
