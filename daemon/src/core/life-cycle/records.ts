import { BARE_RECORD_GRACE_MS } from '@andon/protocol';
import type { LifeEvent } from './events.ts';
import type { Instance, Policy } from './instance.ts';

/** How much a failure record can be trusted to speak of the present incarnation. */
export type RecordHint = 'current' | 'bare' | 'stale' | 'incarnationRequired';

/** `bare`: it names no incarnation and may be a late word of the one before, so an isAlive decides. */
export function failureHint(instance: Instance, event: LifeEvent<'failureReported'>, policy: Policy): RecordHint {
  if (event.incarnation !== null) return event.incarnation === instance.incarnation ? 'current' : 'stale';
  if (policy.requireIncarnation) return 'incarnationRequired';
  const onlineLongEnough = instance.phase === 'online' && event.atMs - instance.onlineSinceMs > BARE_RECORD_GRACE_MS;
  return onlineLongEnough ? 'current' : 'bare';
}
