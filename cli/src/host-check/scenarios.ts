import type { Check, Scenario } from './scenario.ts';
import { calls } from './checks/calls.ts';
import { environment } from './checks/environment.ts';
import { failure } from './checks/failure.ts';
import { framing } from './checks/framing.ts';
import { goodbye } from './checks/goodbye.ts';
import { greeting } from './checks/greeting.ts';
import { manyResources } from './checks/many-resources.ts';
import { memory } from './checks/memory.ts';
import { orphan } from './checks/orphan.ts';
import { overlap } from './checks/overlap.ts';
import { pending } from './checks/pending.ts';
import { reconnection } from './checks/reconnection.ts';
import { records } from './checks/records.ts';
import { recovery } from './checks/recovery.ts';
import { truth } from './checks/truth.ts';
import { watched } from './checks/watched.ts';

/** In the order in which they are played. Each stands in a file of its own in `checks`. */
export const SCENARIOS: readonly Scenario[] = [
  greeting,
  framing,
  environment,
  calls,
  overlap,
  pending,
  failure,
  truth,
  manyResources,
  goodbye,
  recovery,
  memory,
  reconnection,
  orphan,
  records,
];

/** Rules that no step looks for: whatever happens on any stage is held against them. */
export const WATCHED: readonly Check[] = watched;

/** Rules that cannot be seen from outside, each with the reason. */
export const UNSEEN: Readonly<Record<string, string>> = {
  'C-7': 'what an entry point waits for is seen by nobody else; under a daemon it shows as a deadlock',
};

export function allChecks(): readonly Check[] {
  return [...SCENARIOS.flatMap(({ checks }) => checks), ...WATCHED];
}
