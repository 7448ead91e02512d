import { type HostedResource, operationId } from '@andon/protocol';
import type { LifeEvent } from './events.ts';
import type { Failure, Instance, Policy } from './instance.ts';
import {
  armPolls,
  becomeOnline,
  call,
  callOpen,
  callTerminate,
  close,
  countFailure,
  enter,
  fail,
  recoverByPolicy,
  rest,
  stay,
  type Step,
  verify,
} from './moves.ts';

// What the host says in its hello, held against what the daemon believes. The same incarnation on both sides unless said.

type Hosted = LifeEvent<'hosted'>;

/** The daemon believes: Online. */
export function hostedWhileOnline(instance: Instance, event: Hosted, policy: Policy): Step {
  const { report, atMs } = event;
  if (report.incarnation > instance.incarnation) return adoptAhead(instance, event, policy);
  const known: Instance = { ...instance, unconfirmed: false, opened: true, call: null, suspicion: null };
  if (report.incarnation < instance.incarnation) return hostIsBehind(known, event, policy);
  const { suspicion } = instance;
  const failure: Failure = { reason: 'the host reported it failed', source: 'adoption', atMs };
  if (report.state === 'Offline') return stay(enter(known, 'offline', { contract: null, polls: null }));
  if (report.state === 'Failed' && wasTerminated(report)) {
    return recoverByPolicy({ ...countFailure(known, failure, policy), terminatedIncarnation: report.incarnation }, atMs, policy);
  }
  if (report.state !== 'Online' || report.failed) return fail(known, failure, policy);
  // The answer that should have decided it was lost with the connection.
  if (suspicion) return verify(known, suspicion, policy);
  if (!instance.unconfirmed || instance.contract?.kind !== 'event') return stay(known, ...armPolls(known));
  // A writer that cannot repeat itself may have spoken while the daemon before died: one isAlive finds out.
  const unheard: Failure = { reason: 'a record may have been lost with the daemon before', source: 'adoption', atMs };
  return verify({ ...known, onlineSinceMs: atMs }, unheard, policy);
}

/** The daemon believes: on its way online. The same operation id again; a host that did it already answers from memory. */
export function hostedWhileGoingOnline(instance: Instance, event: Hosted, policy: Policy): Step {
  const { report, atMs } = event;
  if (report.incarnation > instance.incarnation) return adoptAhead(instance, event, policy);
  const isOver = report.incarnation === instance.incarnation && (report.state === 'Offline' || report.state === 'Failed');
  // A failed online tells its error once more; whatever else came after that online was not written down.
  if (isOver && report.lastOp?.id !== operationId(report.id, report.incarnation, 'online')) return endedUnseen(instance, event, policy);
  const { latched, suspicion } = instance;
  const again = enter({ ...instance, unconfirmed: false, opened: true }, 'onlineCalled', { latched, suspicion });
  return call(again, 'online', policy.deadlockTimeoutMs);
}

/** The incarnation is over, or about to be, and nothing may begin under its number again. */
function endedUnseen(instance: Instance, event: Hosted, policy: Policy): Step {
  const { report, atMs } = event;
  const known: Instance = { ...instance, unconfirmed: false, opened: true, recover: false };
  if (report.state === 'Offline') return rest(known);
  const failure: Failure = { reason: 'the host has it Failed', source: 'adoption', atMs };
  if (!wasTerminated(report)) return fail(known, failure, policy);
  return recoverByPolicy({ ...countFailure(known, failure, policy), terminatedIncarnation: report.incarnation }, atMs, policy);
}

/** The daemon believes: on its way offline. */
export function hostedWhileGoingOffline(instance: Instance, event: Hosted, policy: Policy): Step {
  if (event.report.incarnation > instance.incarnation) return adoptAhead(instance, event, policy);
  const known = { ...instance, unconfirmed: false, opened: true };
  if (event.report.state === 'Offline') return rest(known);
  return call(enter(known, 'offlineCalled'), 'offline', policy.deadlockTimeoutMs, { cause: 'offline' });
}

/** The daemon believes: at rest, Offline or Failed. What runs although it should not is terminated. */
export function hostedAtRest(instance: Instance, event: Hosted, policy: Policy): Step {
  const { report } = event;
  if (report.incarnation > instance.incarnation) return adoptAhead(instance, event, policy);
  // Open in this host, and nobody heard whether it found something running: it is asked again before anything begins.
  const isUnheard = instance.recover && report.state === 'Offline';
  const known: Instance = { ...instance, unconfirmed: false, opened: !isUnheard, recover: isUnheard };
  if (isUnheard && instance.phase === 'awaitingHost') return callOpen(known);
  const failed = instance.phase === 'failed' || instance.phase === 'restartDelay';
  if (report.state === 'Offline' || (report.state === 'Failed' && wasTerminated(report))) {
    if (known.next === 'close') return close(known);
    return stay(failed ? known : enter(known, 'offline'));
  }
  const reason = `the host has it ${report.state}, the daemon has it ${failed ? 'Failed' : 'Offline'}`;
  const next = known.next === 'close' ? 'close' : 'offline';
  return callTerminate(known, failed ? 'recover' : next, 'adoption', reason, policy, report.incarnation);
}

/** Whether the last thing the host did for its present incarnation was a successful terminate. */
export function wasTerminated(report: HostedResource): boolean {
  return report.lastOp?.ok === true && report.lastOp.id === operationId(report.id, report.incarnation, 'terminate');
}

/** The host knows a later online than the store: a daemon died before its write. The host's number stands. */
export function adoptAhead(instance: Instance, event: Hosted, policy: Policy): Step {
  const { report, atMs } = event;
  const goal = instance.next === 'close' ? 'close' : 'online';
  const { incarnation } = report;
  const raised: Instance = {
    ...instance,
    next: goal,
    incarnation,
    unconfirmed: false,
    opened: true,
    recover: false,
    latched: null,
    suspicion: null,
  };
  const failure: Failure = { reason: `the host has a later incarnation, ${report.state}`, source: 'adoption', atMs };
  if (report.state === 'Offline') return rest(raised);
  if (goal === 'close') return callTerminate(raised, 'close', 'remove', failure.reason, policy);
  if (wasTerminated(report))
    return recoverByPolicy({ ...countFailure(raised, failure, policy), terminatedIncarnation: incarnation }, atMs, policy);
  if (report.state !== 'Online' || report.failed) return fail(raised, failure, policy);
  const contract =
    report.contract === 'poll' ? ({ kind: 'poll', looksAliveMs: null, isAliveMs: null } as const) : ({ kind: 'event' } as const);
  return becomeOnline(raised, contract, atMs, policy);
}

/** The store knows a later online than the host: that online never reached it. */
function hostIsBehind(instance: Instance, event: Hosted, policy: Policy): Step {
  const { report, atMs } = event;
  const gone: Failure = { reason: `the host knows only incarnation ${report.incarnation}`, source: 'adoption', atMs };
  const lost = { ...instance, lastFailure: gone };
  if (report.state !== 'Online') return recoverByPolicy(lost, atMs, policy);
  return callTerminate(lost, 'recover', 'adoption', gone.reason, policy, report.incarnation);
}
