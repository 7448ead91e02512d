import type { Invariant } from './invariant.ts';
import { CALL_INVARIANTS } from './invariants-calls.ts';
import { EVENT_INVARIANTS } from './invariants-events.ts';
import { GOAL_INVARIANTS } from './invariants-goals.ts';
import { POLICY_INVARIANTS } from './invariants-policy.ts';
import { STATE_INVARIANTS } from './invariants-states.ts';
import { STATUS_INVARIANTS } from './invariants-status.ts';
import { TOLD_INVARIANTS } from './invariants-told.ts';

/** Everything that the model holds against the life cycle, in every step and every state. */
export const INVARIANTS: readonly Invariant[] = [
  ...CALL_INVARIANTS,
  ...STATE_INVARIANTS,
  ...GOAL_INVARIANTS,
  ...EVENT_INVARIANTS,
  ...STATUS_INVARIANTS,
  ...POLICY_INVARIANTS,
  ...TOLD_INVARIANTS,
];
