import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide, isClear, type World } from '../../../../daemon/src/core/dependencies/coordination.ts';
import { parseExpression } from '@andon/protocol';
import { DependencyGraph } from '../../../../daemon/src/core/dependencies/graph.ts';
import { NEW_INSTANCE } from '../../../../daemon/src/core/life-cycle/instance.ts';
import type { Phase } from '../../../../daemon/src/core/life-cycle/phases.ts';

interface Resource {
  phase: Phase;
  isInherited?: boolean;
  wanted: 'Online' | 'Offline';
  needs?: string;
}

function worldOf(resources: Record<string, Resource>): World {
  const graph = new DependencyGraph();
  for (const [name, { needs }] of Object.entries(resources)) {
    const parsed = parseExpression(needs ?? '');
    if (parsed.ok) graph.set(name, parsed.expression);
  }
  return {
    instance: (name) => {
      const resource = resources[name];
      return resource && { ...NEW_INSTANCE, phase: resource.phase, unconfirmed: resource.isInherited ?? false };
    },
    wanted: (name) => resources[name]?.wanted ?? 'Offline',
    expressionOf: (name) => graph.expressionOf(name),
    dependentsOf: (name) => graph.dependentsOf(name),
  };
}

describe('what a resource does next', () => {
  test('S13: a dependent waits for its provider, and names it', () => {
    const world = worldOf({ db: { phase: 'onlineCalled', wanted: 'Online' }, web: { phase: 'closed', wanted: 'Online', needs: '[db]' } });
    expect(decide('web', world)).toEqual({ kind: 'waitForProviders', providers: ['db'] });
    expect(decide('db', world)).toEqual({ kind: 'nothing' });
  });

  test('S13: a provider waits until its dependents are down', () => {
    const resources: Record<string, Resource> = {
      db: { phase: 'online', wanted: 'Offline' },
      web: { phase: 'online', wanted: 'Online', needs: '[db]' },
    };
    expect(decide('web', worldOf(resources))).toEqual({ kind: 'goOffline' });
    expect(decide('db', worldOf(resources))).toEqual({ kind: 'nothing' });
    resources['web'] = { phase: 'offlineCalled', wanted: 'Online', needs: '[db]' };
    expect(decide('db', worldOf(resources))).toEqual({ kind: 'nothing' });
    resources['web'] = { phase: 'offline', wanted: 'Online', needs: '[db]' };
    expect(decide('db', worldOf(resources))).toEqual({ kind: 'goOffline' });
  });

  test('S13: the far end of a chain goes first', () => {
    const world = worldOf({
      a: { phase: 'online', wanted: 'Offline' },
      b: { phase: 'online', wanted: 'Online', needs: '[a]' },
      c: { phase: 'online', wanted: 'Online', needs: '[b]' },
    });
    expect([decide('a', world).kind, decide('b', world).kind, decide('c', world).kind]).toEqual(['nothing', 'nothing', 'goOffline']);
  });

  test('S14: a failed provider pulls nothing down while an alternative is online', () => {
    const needs = '[a] or [b]';
    const world = worldOf({
      a: { phase: 'terminating', wanted: 'Online' },
      b: { phase: 'online', wanted: 'Online' },
      web: { phase: 'online', wanted: 'Online', needs },
    });
    expect(decide('web', world)).toEqual({ kind: 'nothing' });
    const alone = worldOf({
      a: { phase: 'terminating', wanted: 'Online' },
      b: { phase: 'offline', wanted: 'Offline' },
      web: { phase: 'online', wanted: 'Online', needs },
    });
    expect(decide('web', alone)).toEqual({ kind: 'goOffline' });
  });

  test('S14: a provider that the daemon before brought online pulls nothing down before its host has spoken', () => {
    const web = { phase: 'online', wanted: 'Online', needs: '[db]' } as const;
    const inherited = worldOf({ db: { phase: 'onlineCalled', wanted: 'Online', isInherited: true }, web });
    expect(decide('web', inherited)).toEqual({ kind: 'nothing' });
    expect(decide('web', worldOf({ db: { phase: 'onlineCalled', wanted: 'Online' }, web }))).toEqual({ kind: 'goOffline' });
    const unwanted = worldOf({ db: { phase: 'onlineCalled', wanted: 'Offline', isInherited: true }, web });
    expect(decide('web', unwanted)).toEqual({ kind: 'goOffline' });
  });

  test('a failed provider is not brought back before its dependents are down', () => {
    const resources: Record<string, Resource> = {
      db: { phase: 'restartDelay', wanted: 'Online' },
      web: { phase: 'offlinePending', wanted: 'Online', needs: '[db]' },
    };
    expect(isClear('db', worldOf(resources))).toBe(false);
    resources['web'] = { phase: 'offline', wanted: 'Online', needs: '[db]' };
    expect(isClear('db', worldOf(resources))).toBe(true);
  });

  test('an automatic start never brings up a provider that is wanted Offline', () => {
    const world = worldOf({ db: { phase: 'closed', wanted: 'Offline' }, web: { phase: 'closed', wanted: 'Online', needs: '[db]' } });
    expect(decide('db', world)).toEqual({ kind: 'nothing' });
    expect(decide('web', world).kind).toBe('waitForProviders');
  });

  test('a failed resource that is wanted Offline gives up', () => {
    expect(decide('a', worldOf({ a: { phase: 'failed', wanted: 'Offline' } }))).toEqual({ kind: 'goOffline' });
    expect(decide('a', worldOf({ a: { phase: 'failed', wanted: 'Online' } }))).toEqual({ kind: 'nothing' });
  });
});

/** Carries decisions out at once, as hosts that always succeed would. */
function carryOut(resources: Record<string, Resource>): string[] {
  const order: string[] = [];
  for (let round = 0; round < 50; round++) {
    const world = worldOf(resources);
    const next = Object.keys(resources).find((name) => ['goOnline', 'goOffline'].includes(decide(name, world).kind));
    if (next === undefined) return order;
    const resource = resources[next];
    if (!resource) return order;
    const goesOnline = decide(next, world).kind === 'goOnline';
    resource.phase = goesOnline ? 'online' : 'offline';
    order.push(`${goesOnline ? '+' : '-'}${next}`);
  }
  throw new Error(`no end: ${order.join(' ')}`);
}

test('S13: from any state, deciding ends, with everything as wanted as its providers allow', () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const arbitrary = fc.tuple(
    ...names.map((_, index) =>
      fc.record({
        phase: fc.constantFrom<Phase>('closed', 'offline', 'online'),
        wanted: fc.constantFrom<'Online' | 'Offline'>('Online', 'Offline'),
        providers: fc.subarray(names.slice(0, index)),
        joint: fc.constantFrom(' and ', ' or '),
      }),
    ),
  );
  fc.assert(
    fc.property(arbitrary, (drawn) => {
      const resources: Record<string, Resource> = Object.fromEntries(
        drawn.map(({ phase, wanted, providers, joint }, index) => [
          names[index],
          { phase, wanted, needs: providers.map((name) => `[${name}]`).join(joint) },
        ]),
      );
      carryOut(resources);
      const world = worldOf(resources);
      for (const name of names) {
        const isOnline = resources[name]?.phase === 'online';
        const should = resources[name]?.wanted === 'Online' && decide(name, world).kind !== 'waitForProviders';
        expect([name, isOnline]).toEqual([name, should]);
      }
    }),
    { numRuns: 2_000 },
  );
});
