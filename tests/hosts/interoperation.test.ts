import { expect, test } from 'vitest';
import { type AndonEvent, ResourceName, TypeName } from '@andon/protocol';
import { TestDaemon } from '../support/daemon.ts';
import { isThere, neededWords, NewHost, TOOLCHAINS } from '../support/new-host.ts';
import { randomNumbers, someOf } from '../support/random.ts';

const RESOURCES = 50;
const ROUNDS = 3;
const FAILURES_A_ROUND = 40;
const LIMIT_MS = 300_000;
/** For an event of one of hundreds of resources that come online at once. */
const EVENT_LIMIT_MS = 60_000;

const present = TOOLCHAINS.filter(isThere);
const absent = TOOLCHAINS.filter((toolchain) => !present.includes(toolchain));

for (const toolchain of absent) test.skip(`hosts in all languages under one daemon: ${neededWords(toolchain)}`, () => {});

test(
  `hosts in ${present.map(({ language }) => language).join(', ')} under one daemon: every failure is answered by one terminate of that incarnation, in the right host`,
  async () => {
    const seed = Number(process.env['ANDON_TEST_SEED'] ?? Date.now() % 1_000_000);
    console.log(`interoperation: ANDON_TEST_SEED=${seed}`);
    const daemon = await TestDaemon.start();
    const fleet = (await Promise.all(present.map((toolchain) => startFleet(daemon, toolchain)))).flat();
    /** How often each was failed. */
    const ledger = new Map<string, number>(fleet.map((name) => [name, 0]));
    const random = randomNumbers(seed);

    for (let round = 0; round < ROUNDS; round++) {
      const chosen = someOf(fleet, FAILURES_A_ROUND, random);
      await Promise.all(chosen.map((name) => failAndComeBack(daemon, name, ledger)));
    }

    const acted = daemon.client.events.filter(
      ({ kind }) => kind === 'failureReported' || kind === 'terminateCalled' || kind === 'terminated',
    );
    expect(countsOf(acted)).toEqual(expectedCounts(ledger));
    expect(acted.filter(({ host, resource }) => host !== hostOf(resource ?? ''))).toEqual([]);
    const { resources } = await daemon.client.request('status', { names: fleet });
    expect(resources.filter(({ state }) => state !== 'Online')).toEqual([]);
    const incarnations = resources.map(({ name, incarnation }) => [name, incarnation]);
    expect(Object.fromEntries(incarnations)).toEqual(Object.fromEntries([...ledger].map(([name, failures]) => [name, failures + 1])));
  },
  LIMIT_MS,
);

/** Makes a host in this language, registers its type, and brings fifty resources of it online. */
async function startFleet(daemon: TestDaemon, toolchain: (typeof TOOLCHAINS)[number]): Promise<ResourceName[]> {
  const type = TypeName.parse(`in-${toolchain.language}`);
  const host = await NewHost.built(daemon.folder, toolchain, type);
  expect(await daemon.andon('apply', '-f', host.manifest)).toMatchObject({ code: 0 });
  const names = Array.from({ length: RESOURCES }, (_, index) => ResourceName.parse(`${type}:${index}`));
  const properties = { RestartDelay: 1, RestartThreshold: 1_000_000 };
  const set = { command: 'exec sleep 1000000' };
  for (const name of names) await daemon.client.request('resourceAdd', { resource: { name, type, set, properties } });
  await daemon.client.request('online', { names });
  await Promise.all(names.map((name) => daemon.client.next('online', name, 0, EVENT_LIMIT_MS)));
  return names;
}

/** Kills the program of this resource; resolves when its next incarnation is online. */
async function failAndComeBack(daemon: TestDaemon, name: string, ledger: Map<string, number>): Promise<void> {
  const failures = (ledger.get(name) ?? 0) + 1;
  ledger.set(name, failures);
  const { output } = await daemon.client.request('control', { name, code: 'pid' });
  process.kill(Number(output), 'SIGKILL');
  await daemon.client.event(
    ({ kind, resource, incarnation }) => kind === 'online' && resource === name && incarnation === failures + 1,
    EVENT_LIMIT_MS,
  );
}

function hostOf(resource: string): string {
  return resource.split(':')[0] ?? '';
}

/** How often each thing happened to each incarnation: `web@3 terminated` → 1. */
function countsOf(events: readonly AndonEvent[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind, resource, incarnation } of events) {
    const what = `${resource}@${incarnation} ${kind}`;
    counts[what] = (counts[what] ?? 0) + 1;
  }
  return counts;
}

function expectedCounts(ledger: ReadonlyMap<string, number>): Record<string, number> {
  const failed = [...ledger].flatMap(([name, failures]) => Array.from({ length: failures }, (_, index) => `${name}@${index + 1}`));
  const kinds = ['failureReported', 'terminateCalled', 'terminated'];
  return Object.fromEntries(failed.flatMap((instance) => kinds.map((kind) => [`${instance} ${kind}`, 1])));
}
