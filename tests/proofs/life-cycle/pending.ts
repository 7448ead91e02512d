import type { Proof } from '../proof.ts';

const test = 'tests/scenarios/pending.test.ts';
const PROGRESS = 'daemon/src/core/life-cycle/progress.ts';
const GOING_ONLINE = 'daemon/src/core/life-cycle/rows-going-online.ts';

const proofs: readonly Proof[] = [
  {
    statement: 'S15',
    test,
    title: 'S15: advancing checkpoints keep a resource pending for longer than PendingTimeout',
    file: PROGRESS,
    find: "stay(reported, { kind: 'arm', timer: 'pending', ms: policy.pendingTimeoutMs }, answer, told)",
    replace: 'stay(reported, answer, told)',
    breaks: 'PendingTimeout bounds the whole operation',
  },
  {
    statement: 'S15',
    test,
    title: 'S15: the same checkpoint again is life and no progress',
    file: PROGRESS,
    find: 'event.checkpoint <= instance.checkpoint',
    replace: 'event.checkpoint < instance.checkpoint',
    breaks: 'a report without progress starts PendingTimeout anew',
  },
  {
    statement: 'S16',
    test,
    title: 'S16: without a checkpoint within PendingTimeout it is terminated and Failed, and its host stays',
    file: GOING_ONLINE,
    find: "stay(pending, { kind: 'arm', timer: 'pending', ms: policy.pendingTimeoutMs })",
    replace: 'stay(pending)',
    breaks: 'an online may pend for ever in silence',
  },
  {
    statement: 'S17',
    test,
    title: 'S17: of PendingTimeout and DeadlockTimeout the smaller applies, and the host is told so',
    file: 'daemon/src/shell/monitor/managed-resource.ts',
    find: 'Math.min(own.PendingTimeout ?? shared.PendingTimeout, deadlockTimeoutMs)',
    replace: 'own.PendingTimeout ?? shared.PendingTimeout',
    breaks: 'DeadlockTimeout does not bound PendingTimeout',
  },
  {
    statement: 'S18',
    test,
    title: 'S18: a report after terminate is answered terminate and changes nothing',
    file: 'daemon/src/core/life-cycle/rows-resting.ts',
    find: "answer: 'terminate'",
    replace: "answer: 'continue'",
    breaks: 'a host that was terminated is told to go on',
  },
  {
    statement: 'S19',
    test,
    title: 'S19: a report while nothing is pending is rejected and logged',
    file: PROGRESS,
    find: "{ kind: 'reject', requestId, why: 'nothing is pending' }",
    replace: "{ kind: 'answer', requestId, answer: 'continue' }",
    breaks: 'a report out of place is swallowed',
  },
  {
    statement: 'S31',
    test,
    title:
      'S31: an event handle that comes with the final report is honoured: no polls, and a record terminates',
    file: GOING_ONLINE,
    find: 'becomeOnline(instance, event.contract, atMs, policy)',
    replace: "becomeOnline(instance, { kind: 'poll', looksAliveMs: 20, isAliveMs: null }, atMs, policy)",
    breaks: 'what comes with the final report is polled',
  },
  {
    statement: 'decision 1',
    test,
    title: 'decision 1: maxPendingMs caps a pended operation, whatever its progress',
    file: GOING_ONLINE,
    find: 'if (policy.maxPendingMs === null) return step;',
    replace: 'if (policy.pendingTimeoutMs > 0) return step;',
    breaks: 'maxPendingMs is not armed',
  },
  {
    statement: 'decision 1',
    test,
    title: 'decision 1: a serial host with one pending resource brings 50 others online meanwhile',
    file: 'daemon/src/shell/hosts/call-table.ts',
    find: 'this.#act(this.#order.completed(flight.call));',
    replace:
      "if (!JSON.stringify(response).includes('pending')) this.#act(this.#order.completed(flight.call));",
    breaks: 'a pending operation keeps the call slot of its host',
  },
  {
    statement: 'S16',
    test,
    title: 'S16: an offline that pends without progress is terminated too, and ends Offline',
    file: 'daemon/src/core/life-cycle/rows-stopping.ts',
    find: 'return stay(pending, arm);',
    replace: 'return stay(pending);',
    breaks: 'an offline may pend for ever in silence',
  },
  {
    statement: 'S18',
    test,
    title:
      'S18: a report while terminate is running is answered terminate, and the result of that online is ignored',
    file: 'daemon/src/core/life-cycle/rows-stopping.ts',
    find: "requestId: event.requestId, answer: 'terminate'",
    replace: "requestId: event.requestId, answer: 'continue'",
    breaks: 'a host that is being terminated is told to go on',
  },
];
export default proofs;
