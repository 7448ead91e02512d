import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { HOST_REQUESTS, NOTIFICATIONS, ResourceName, TypeName } from '@andon/protocol';
import fc from 'fast-check';
import type { TestDaemon } from '../../support/daemon.ts';
import { bytesOf, type FuzzTarget, textOf } from '../target.ts';
import { DaemonUnderFuzz } from './daemon-under-fuzz.ts';

/** What an administrator asks first, so that calls are under way, and what the host then says. */
interface Played {
  readonly ask: string | null;
  readonly frames: readonly unknown[];
}

const PLAYED_HOST = join(import.meta.dirname, '../hosts/played-host.ts');
const OWN = ['own-1', 'own-2'];
/** Of another host. */
const SENTINEL = ResourceName.parse('sentinel');
const daemon = new DaemonUnderFuzz();
let prepared: Promise<{ up: TestDaemon; path: string }> | undefined;

async function prepare(): Promise<{ up: TestDaemon; path: string }> {
  const up = await daemon.up();
  const path = join(up.folder, 'play.sock');
  const played = { name: TypeName.parse('played'), command: [process.execPath, PLAYED_HOST, path], properties: { DeadlockTimeout: 3_000 } };
  await up.client.request('typeRegister', { type: played });
  for (const name of OWN) await up.add(name, 'played', {}, { properties: { RestartDelay: 1, RestartThreshold: 1_000_000 } });
  await up.scripted('scripted');
  await up.add(SENTINEL, 'scripted');
  await up.online(SENTINEL, ...OWN);
  return { up, path };
}

const junk = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(null, -1, 1e308, 2 ** 53, '', '__proto__', '\ud800', 'x'.repeat(3_000)),
);
const resourceId = fc.constantFrom(...OWN, SENTINEL, 'nobody');
const incarnation = fc.oneof(fc.constantFrom(0, 1, 2, 0xffff_ffff), fc.nat({ max: 9 }));
const operationId = fc
  .tuple(resourceId, incarnation, fc.constantFrom('online', 'offline', 'terminate'))
  .map(([a, b, c]) => `${a}@${b}/${c}`);
const state = fc.constantFrom('online', 'offline', 'failed', 'onlinePending', 'offlinePending', 'Online', 'Failed');
const PARAMS = {
  resourceId,
  id: fc.oneof(operationId, fc.constant('$ID')),
  callId: fc.oneof(operationId, fc.constant('$ID')),
  operationId,
  incarnation,
  state,
  checkpoint: incarnation,
  ms: fc.integer(),
  reason: fc.constantFrom('broken', '', 'x'.repeat(3_000)),
  text: fc.constantFrom('half way', '\0', 'x'.repeat(3_000)),
  statusText: fc.constantFrom('well', 'x'.repeat(3_000)),
  eventHandle: fc.constantFrom('/etc/passwd', '/nowhere', ''),
  name: fc.constantFrom('extra', '../up', 'x'.repeat(300)),
  level: fc.constantFrom('debug', 'error'),
  resources: fc.array(fc.record({ id: resourceId, incarnation, state: fc.constantFrom('Online', 'Offline', 'Failed') }), { maxLength: 3 }),
};
const params = fc.oneof(
  { weight: 5, arbitrary: fc.record(PARAMS, { requiredKeys: ['resourceId', 'operationId', 'incarnation', 'state', 'checkpoint'] }) },
  { weight: 1, arbitrary: fc.dictionary(fc.constantFrom(...Object.keys(PARAMS)), junk) },
  { weight: 1, arbitrary: junk },
);
const result = fc.oneof(
  fc.record(
    { contract: fc.constantFrom('event', 'poll', 17), eventHandle: fc.constantFrom('/etc/passwd', ''), isAliveMs: fc.integer() },
    { requiredKeys: [] },
  ),
  fc.record({ pending: junk, alive: junk, found: junk }, { requiredKeys: [] }),
  junk,
);
const frame = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('request'),
      data: fc.record({
        id: fc.constantFrom('h1', 'h2'),
        method: fc.constantFrom(...Object.keys(HOST_REQUESTS), 'online', '__proto__'),
        params,
      }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('notify'),
      data: fc.record({ method: fc.constantFrom(...Object.keys(NOTIFICATIONS), 'constructor'), params }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('response'),
      data: fc.record(
        {
          id: fc.oneof(fc.constant('$ID'), operationId),
          ok: fc.oneof(fc.boolean(), junk),
          result,
          error: fc.oneof(junk, fc.record({ code: junk, message: junk })),
        },
        { requiredKeys: ['id', 'ok'] },
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom('hello', 'welcome', 'goodbye', 'x'), data: junk }) },
  { weight: 1, arbitrary: junk },
);

/** A host that is welcome and then says anything: the daemon goes on, and what other hosts have is no business of it (S58). */
export const sessions: FuzzTarget = {
  name: 'sessions',
  seeds: [bytesOf('{"ask":"online","frames":[{"type":"response","data":{"id":"$ID","ok":true,"result":{"pending":true}}}]}')],
  arbitrary: () =>
    fc
      .record({ ask: fc.constantFrom(null, 'online', 'offline', 'fail'), frames: fc.array(frame, { minLength: 1, maxLength: 6 }) })
      .map((played) => bytesOf(JSON.stringify(played))),
  freshInTests: 60,
  async check(input) {
    prepared ??= prepare();
    const { up, path } = await prepared;
    const { ask, frames }: Played = JSON.parse(textOf(input));
    if (ask === 'fail') up.client.request('fail', { name: ResourceName.parse('own-1'), reason: 'asked' }).catch(() => undefined);
    else if (ask !== null)
      up.client
        .request(ask === 'online' ? 'online' : 'offline', { names: OWN.map((name) => ResourceName.parse(name)) })
        .catch(() => undefined);
    await play(path, frames);
    const { state: is, incarnation: of } = await up.status(SENTINEL);
    assert.deepEqual([is, of], ['Online', 1], 'a host has ended what another one has');
    await daemon.isWell();
  },
  async close() {
    prepared = undefined;
    await daemon.close();
  },
};

/** Waits for the host, which the daemon may be starting again. */
async function play(path: string, frames: readonly unknown[]): Promise<void> {
  const untilMs = performance.now() + 60_000;
  for (;;) {
    const player = createConnection(path);
    try {
      await once(player, 'connect');
      player.write(`${JSON.stringify(frames.map((frame) => JSON.stringify(frame)))}\n`);
      const [answer] = await Promise.race([once(player, 'data'), once(player, 'close').then(() => [null])]);
      if (answer !== null) return;
    } catch (error) {
      if (performance.now() > untilMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    } finally {
      player.destroy();
    }
  }
}
