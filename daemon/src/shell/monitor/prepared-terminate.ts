import { operationId } from '@andon/protocol';
import type { Instance, Policy } from '../../core/life-cycle/instance.ts';
import { transition } from '../../core/life-cycle/transition.ts';
import { requestOf } from '../hosts/call-table.ts';

/** Stands for the reason, which only the record knows. Control characters cannot come from a record or a name. */
const REASON = '\u0001';

/**
 * What the life cycle will answer to a failure record of this very instance, worked out when there is time: the terminate
 * request as text, in front of and behind the reason. It decides nothing; it is the table's own answer, asked for beforehand.
 */
export interface PreparedTerminate {
  /** Valid while the resource has exactly this instance and policy. */
  readonly instance: Instance;
  readonly policy: Policy;
  readonly id: string;
  readonly head: string;
  readonly tail: string;
}

/** Null where a record would not lead to terminate at once: the instance is not Online, or isAlive is asked first. */
export function prepareTerminate(name: string, instance: Instance, policy: Policy): PreparedTerminate | null {
  if (instance.phase !== 'online' || instance.contract?.kind !== 'event' || instance.call !== null) return null;
  const { incarnation } = instance;
  const record = { kind: 'failureReported', atMs: instance.onlineSinceMs, incarnation, reason: REASON, source: 'failureRecord' } as const;
  const [first] = transition(instance, record, policy).effects;
  if (first?.kind !== 'call' || first.method !== 'terminate' || first.incarnation !== incarnation) return null;
  const id = operationId(name, incarnation, 'terminate');
  const params = { resourceId: name, incarnation, cause: first.cause, reason: first.reason };
  const text = JSON.stringify(requestOf({ id, method: 'terminate', params, limitMs: first.limitMs }));
  const [head = '', tail = ''] = text.split(JSON.stringify(REASON));
  return { instance, policy, id, head, tail };
}
