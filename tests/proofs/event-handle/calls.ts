import type { Proof } from '../proof.ts';

const concurrency = 'tests/scenarios/concurrency.test.ts';
const watchdog = 'tests/scenarios/watchdog.test.ts';
const ORDER = 'daemon/src/core/call-order.ts';

const proofs: readonly Proof[] = [
  {
    statement: 'S35',
    test: concurrency,
    title: 'S35: on a serial host other calls queue behind a running entry point',
    file: ORDER,
    find: 'if (lane.running !== null || next === undefined) return send;',
    replace: 'if (next === undefined) return send;',
    breaks: 'a serial host gets a second call while one runs',
  },
  {
    statement: 'S35',
    test: concurrency,
    title: 'S35: terminate does not wait for another instance of a serial host that is busy with an isAlive',
    file: ORDER,
    find: 'if (lane.running && EXCLUSIVE.has(lane.running.method)) {',
    replace: 'if (lane.running) {',
    breaks: 'terminate queues like any other call',
  },
  {
    statement: 'S35',
    test: concurrency,
    title: 'S35: at most 64 calls are unanswered on one host, and the others follow as those are answered',
    file: ORDER,
    find: 'if (this.#inFlight >= MAX_IN_FLIGHT) {',
    replace: 'if (this.#inFlight >= 1000) {',
    breaks: 'a host gets any number of calls at once',
  },
  {
    statement: 'S36',
    test: concurrency,
    title: 'S36: on a serial host terminate waits for an open of another instance, and goes before all that queues',
    file: ORDER,
    find: 'if (lane.running && EXCLUSIVE.has(lane.running.method)) {',
    replace: "if (lane.running?.method === 'startup') {",
    breaks: 'terminate overlaps open',
  },
  {
    statement: 'S36',
    test: concurrency,
    title: 'S36: on a serial host an open waits for a terminate that runs',
    file: ORDER,
    find: 'if (lane.terminates.size > 0 && EXCLUSIVE.has(next.method)) return send;',
    replace: '',
    breaks: 'an open overlaps a terminate that runs',
  },
  {
    statement: 'S36',
    test: concurrency,
    title: 'S36: on a perResource host terminate waits for no open but that of its own instance',
    file: ORDER,
    find: "return this.#serial ? '' : (call.resource ?? '');",
    replace: "return '';",
    breaks: 'every host is called as a serial one',
  },
  {
    statement: 'S37',
    test: concurrency,
    title: 'S37: the result of an online that terminate overtook is ignored',
    file: 'daemon/src/core/life-cycle/transition.ts',
    find: "return 'callId' in event && event.callId !== instance.call?.id;",
    replace: 'return false;',
    breaks: 'late answers are taken for answers',
  },
  {
    statement: 'S39',
    test: watchdog,
    title:
      'S39: a call that hangs in any entry point is told of once with resource, type, host, call and limit, and its host is killed and restarted',
    file: 'daemon/src/shell/monitor/calls.ts',
    find: 'limitMs: Math.min(effect.limitMs, resource.policy.deadlockTimeoutMs),',
    replace: 'limitMs: effect.limitMs,',
    breaks: 'open and close may take longer than DeadlockTimeout',
  },
  {
    statement: 'S39',
    test: watchdog,
    title: 'S39: what hung is open in a host of its own afterwards, and its neighbours are not',
    file: 'daemon/src/core/hosts/death.ts',
    find: 'if (death.deadlock) return death.culprits;',
    replace: '',
    breaks: 'the culprit of a deadlock stays with its neighbours',
  },
  {
    statement: 'S39',
    test: 'tests/unit/shell/hosts/heartbeat.test.ts',
    title: 'S39: a ping without an answer is sent once more under its id, and only then ends the host',
    file: 'daemon/src/shell/hosts/heartbeat.ts',
    find: 'if (this.#repeated) return false;',
    replace: 'return false;',
    breaks: 'one ping without an answer ends a host',
  },
  {
    statement: 'S40',
    test: watchdog,
    title: 'S40: an extended control call gets the new limit, and only that call',
    file: 'daemon/src/shell/monitor/host-requests.ts',
    find: 'scope.slot.connection.calls.extend(callId, ms);',
    replace: '',
    breaks: 'an extension is answered and not given',
  },
  {
    statement: 'S42',
    test: watchdog,
    title: 'S42: while a killed host has not exited no second one is started, and that is told',
    file: 'daemon/src/shell/hosts/host-life.ts',
    find: 'else this.#outlived();',
    replace: "else this.#owner.exited({ kind: 'gone' }, this.#doom);",
    breaks: 'a process that outlives its kill is taken for gone',
  },
];

export default proofs;
