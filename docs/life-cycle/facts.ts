import type { Case } from './explore.ts';
import { SOON_MS } from './possible-events.ts';

/** Something that a cell of the table may look at; `null` = it has no meaning there. Values are words that can stand in a sentence. */
type Fact = (one: Case) => string | null;

const flag =
  (is: string, isNot: string, test: (one: Case) => boolean): Fact =>
  (one) =>
    test(one) ? is : isNot;

/** In the order in which a reader would ask: first what came, then how the instance is, then its properties. */
export const FACTS: readonly Fact[] = [
  saidByHost,
  reported,
  helloSays,
  incarnationOf,
  ({ event }) => ('operation' in event ? `of ${event.operation}` : null),
  ({ event }) => ('clear' in event ? (event.clear ? 'its providers are online' : 'a provider is not online') : null),
  ({ event }) => ('final' in event ? (event.final ? 'for good' : 'it will be tried again') : null),
  ({ event }) => ('blamed' in event ? (event.blamed ? 'during a call of this instance' : 'during no call of it') : null),
  ({ event }) => (event.kind === 'aliveAnswered' ? `asked ${event.method}` : null),
  ({ instance: { next } }) => (next === 'recover' ? 'it has failed' : next === 'close' ? 'it is being removed' : `${next} is wanted`),
  flag(
    'it is being terminated already',
    'not terminated',
    ({ instance }) => instance.incarnation > 0 && instance.terminatedIncarnation >= instance.incarnation,
  ),
  flag('what it managed may still run', 'nothing of it can run', ({ instance }) => instance.recover),
  flag('it is open at its host', 'it is not open', ({ instance }) => instance.opened),
  flag('a call is unanswered', 'no call is unanswered', ({ instance }) => instance.call !== null),
  flag('a failure is latched', 'no failure is latched', ({ instance }) => instance.latched !== null),
  flag('a suspicion is open', 'there is no suspicion', ({ instance }) => instance.suspicion !== null),
  flag('its host is in trouble', 'its host is in no trouble', ({ instance }) => instance.trouble !== null),
  flag('the daemon is new', 'the daemon is the same', ({ instance }) => instance.unconfirmed),
  ({ instance: { contract } }) => (contract ? (contract.kind === 'event' ? 'it has an event handle' : 'it is polled') : 'no contract'),
  flag('it was online before', 'it was never online', ({ instance }) => instance.incarnation > 0),
  ({ policy }) => (policy.verifyOnSignal ? 'onSignal is verify' : 'onSignal is terminate'),
  ({ policy }) => (policy.requireIncarnation ? 'requireIncarnation' : 'no requireIncarnation'),
  ({ policy: { restart } }) => (restart.RestartAction === 'DontRestart' ? 'DontRestart' : 'RestartAction allows it'),
  ({ policy: { restart } }) => (restart.RestartThreshold === 0 ? 'RestartThreshold is reached' : 'below RestartThreshold'),
  ({ policy: { restart } }) => (restart.RetryPeriodOnFailure === null ? 'no RetryPeriodOnFailure' : 'RetryPeriodOnFailure is set'),
  ({ policy }) => (policy.maxPendingMs === null ? 'no maxPendingMs' : 'maxPendingMs is set'),
];

function saidByHost({ event }: Case): string | null {
  if (!('outcome' in event)) return null;
  const { outcome } = event;
  if (outcome.kind === 'refused') return outcome.error.code === 'notSupported' ? 'not supported' : 'another error';
  if (outcome.kind === 'malformed') return 'nonsense';
  const { result } = outcome;
  if (result === null) return 'done';
  if ('found' in result) return `found ${result.found}`;
  if ('alive' in result) return result.alive ? 'yes' : 'no';
  if (result.pending) return 'pending';
  if (!('contract' in result)) return 'done';
  return result.contract.kind === 'event' ? 'done, with an event handle' : 'done, to be polled';
}

function reported({ event }: Case): string | null {
  return event.kind === 'statusReported' ? `says ${event.state}` : null;
}

function helloSays({ event }: Case): string | null {
  if (event.kind !== 'hosted') return null;
  const { state, failed, lastOp } = event.report;
  if (lastOp) return 'hello says Failed, terminated';
  return failed ? `hello says ${state}, a failure is told` : `hello says ${state}`;
}

function incarnationOf({ event, instance }: Case): string | null {
  const incarnation = event.kind === 'hosted' ? event.report.incarnation : 'incarnation' in event ? event.incarnation : undefined;
  if (incarnation === undefined) return null;
  if (incarnation === null) return event.atMs === SOON_MS ? 'names no incarnation, within 2 s of its online' : 'names no incarnation';
  if (incarnation === instance.incarnation) return 'the present incarnation';
  return incarnation < instance.incarnation ? 'an earlier incarnation' : 'a later incarnation';
}
