import type { Proof } from '../proof.ts';

const test = 'tests/scenarios/polling.test.ts';
const ONLINE = 'daemon/src/core/life-cycle/rows-online.ts';

const proofs: readonly Proof[] = [
  {
    statement: 'S20',
    test,
    title: 'S20: without a handle looksAlive and isAlive run at their intervals, the first one interval after Online',
    file: 'daemon/src/shell/monitor/resource-timers.ts',
    find: 'jittered(ms, ',
    replace: 'jittered(ms / 2, ',
    breaks: 'polls come twice as often',
  },
  {
    statement: 'S20',
    test,
    title: 'S20: an isAlive that is not called for by a suspicion comes although looksAlive goes on saying yes',
    file: 'daemon/src/core/life-cycle/moves.ts',
    find: 'if (instance.polls?.isAlive.ms) effects',
    replace: 'if (instance.suspicion) effects',
    breaks: 'isAlive is never polled',
  },
  {
    statement: 'S21',
    test,
    title: 'S21: an interval that the resource does not set is that of its type, and status says whose it is',
    file: 'daemon/src/core/poll-schedule.ts',
    find: "if (type !== null) return { ms: type, source: 'type' };",
    replace: '',
    breaks: 'the intervals of the type are ignored',
  },
  {
    statement: 'S22',
    test,
    title: 'S22: an interval of 0 is refused for a resource, for a type, and by the command line',
    file: 'protocol/src/common/properties.ts',
    find: 'Milliseconds.min(10,',
    replace: 'Milliseconds.min(0,',
    breaks: '0 is taken for an interval',
  },
  {
    statement: 'S23',
    test,
    title: 'S23: after looksAlive said no, isAlive follows at once, and while it says yes the resource stays Online',
    file: ONLINE,
    find: "const asked = call(answered, 'isAlive', policy.deadlockTimeoutMs);",
    replace:
      "if (!verdict.alive) return notAlive(answered, verdict.reason, event.atMs, policy);\n    const asked = call(answered, 'isAlive', policy.deadlockTimeoutMs);",
    breaks: 'a suspicion of looksAlive is taken for a failure',
  },
  {
    statement: 'S24',
    test,
    title: 'S24: when isAlive says no, Failed is there before terminate is delivered',
    file: ONLINE,
    find: "return { ...fail(instance, failure, policy), announce: 'first' };",
    replace: 'return fail(instance, failure, policy);',
    breaks: 'terminate is sent before Failed is told',
  },
  {
    statement: 'S25',
    test,
    title: 'S25: there are no polls before Online, after Offline and while Failed',
    file: 'daemon/src/core/life-cycle/rows-going-online.ts',
    find: 'const step = stay(pending, {',
    replace:
      "const step = stay(pending, { kind: 'call', method: 'looksAlive', callId: 0, incarnation: instance.incarnation, limitMs: policy.deadlockTimeoutMs, cause: '', reason: '' }, {",
    breaks: 'a pending resource is polled',
  },
  {
    statement: 'S38',
    test,
    title: 'S38: a call that takes over 300 ms is warned of, and nothing else comes of it',
    file: 'daemon/src/shell/hosts/host-reports.ts',
    find: 'if (elapsedMs > SLOW_CALL_MS)',
    replace: 'if (elapsedMs > 100 * SLOW_CALL_MS)',
    breaks: 'nobody is warned of a slow call',
  },
  {
    statement: 'decision 3',
    test,
    title: 'decision 3: resource before type before online result before default, and status says which',
    file: 'daemon/src/core/poll-schedule.ts',
    find: "if (resource !== null) return { ms: resource, source: 'resource' };",
    replace: '',
    breaks: 'the intervals of the resource are ignored',
  },
  {
    statement: 'decision 3',
    test,
    title: 'decision 3: a looksAlive that takes longer than its interval is never followed by a second one beside it, nor by a burst',
    file: ONLINE,
    find: "stay(answered, ...rearm(answered, 'looksAlive'))",
    replace: "call(answered, 'looksAlive', policy.deadlockTimeoutMs)",
    breaks: 'a poll that was late is caught up with at once',
  },
  {
    statement: 'decision 3',
    test,
    title: 'decision 3: an interval below 10 ms from a host is a malformed result and the resource fails (poll:0:0)',
    file: 'protocol/src/common/entry-points.ts',
    find: 'z.int().min(MIN_POLL_INTERVAL_MS)',
    replace: 'z.int().min(0)',
    breaks: 'a host may ask to be polled without a pause',
  },
];
export default proofs;
