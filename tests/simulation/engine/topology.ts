import { Configuration } from '@andon/protocol';
import type { Traits } from '../actors/traits.ts';
import type { Draw } from './draw.ts';

const WRITERS = ['library', 'notification', 'shell', 'bare'] as const;

/** Types and resources that a seed gives: every kind of host, every kind of policy, and dependencies between them. */
export function drawTopology(draw: Draw): Configuration {
  const types = Array.from({ length: 3 + draw.below(4) }, (_, index) => drawType(draw, `type${index}`));
  const resources = types.flatMap(({ name }, index) =>
    Array.from({ length: 1 + draw.below(4) }, (_, number) => drawResource(draw, { name: `${name}-${number}`, type: name, index })),
  );
  const withDependencies = resources.map((resource, index) => ({
    ...resource,
    dependsOn: drawDependencies(draw, resources.slice(0, index)),
  }));
  return Configuration.parse({ types, groups: [], resources: withDependencies, online: resources.map(({ name }) => name) });
}

function drawType(draw: Draw, name: string) {
  const traits: Traits = {
    concurrency: draw.chance(0.5) ? 'serial' : 'perResource',
    remembers: draw.chance(0.6),
    contract: draw.chance(0.8) ? 'event' : 'poll',
    writer: draw.pick(WRITERS) ?? 'library',
    verifies: draw.chance(0.2),
    outlives: draw.chance(0.3),
    workMs: draw.chance(0.5) ? 1 : 200,
    pends: draw.chance(0.4) ? 0.5 : 0,
  };
  return {
    name,
    command: ['/sim/host', JSON.stringify(traits)],
    properties: {
      PendingTimeout: 15_000,
      DeadlockTimeout: 20_000,
      TerminateTimeout: 8_000,
      onSignal: traits.verifies ? 'verify' : 'terminate',
      startTimeoutMs: 5_000,
      shareHost: draw.chance(0.3),
      pingIntervalMs: draw.chance(0.2) ? 0 : 10_000,
    },
  };
}

function drawResource(draw: Draw, { name, type }: { name: string; type: string; index: number }) {
  return {
    name,
    type,
    properties: {
      RestartAction: draw.chance(0.1) ? 'DontRestart' : 'RestartNotify',
      RestartDelay: draw.chance(0.5) ? 0 : 500,
      RestartPeriod: 60_000,
      RestartThreshold: draw.chance(0.3) ? 2 : 1_000,
      RetryPeriodOnFailure: draw.chance(0.2) ? null : 90_000,
      SeparateMonitor: draw.chance(0.1),
    },
  };
}

/** Only earlier resources, so that there is no cycle. */
function drawDependencies(draw: Draw, earlier: readonly { readonly name: string }[]): string {
  if (earlier.length < 2 || draw.chance(0.6)) return '';
  const [one, other] = [draw.pick(earlier)?.name, draw.pick(earlier)?.name];
  if (one === other || draw.chance(0.5)) return `[${one}]`;
  return draw.chance(0.5) ? `[${one}] and [${other}]` : `[${one}] or [${other}]`;
}
