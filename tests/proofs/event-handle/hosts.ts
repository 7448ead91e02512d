import type { Proof } from '../proof.ts';

const death = 'tests/scenarios/host-death.test.ts';
const start = 'tests/scenarios/host-start.test.ts';
const DEATH = 'daemon/src/core/hosts/death.ts';
const RECOVERY = 'daemon/src/shell/hosts/host-recovery.ts';

const proofs: readonly Proof[] = [
  {
    statement: 'S41',
    test: death,
    title: 'S41: a host dies: its Online instances fail and are opened again, those of other hosts are untouched',
    file: 'daemon/src/core/life-cycle/rows-online.ts',
    find: 'recoverFromLoss({ ...instance, recover: true }, event, policy)',
    replace: 'recoverFromLoss({ ...instance, recover: false }, event, policy)',
    breaks: 'the host after is not told to look for what runs',
  },
  {
    statement: 'S41',
    test: death,
    title: 'S41: wherever in the life of an instance its host dies, it settles, and nothing that was asked for is forgotten',
    file: 'daemon/src/core/life-cycle/rows-stopping.ts',
    find: 'hostLost: (instance) => seekLeftovers(instance),',
    replace: 'hostLost: (instance) => stay(loseHost(instance)),',
    breaks: 'an offline hangs when its host dies',
  },
  {
    statement: 'S41',
    test: death,
    title: 'S41: a removal goes on when the host dies in close',
    file: 'daemon/src/core/life-cycle/rows-stopping.ts',
    find: "hostLost: (instance) => stay(enter(loseHost(instance), 'closed'), { kind: 'removed' }),",
    replace: 'hostLost: (instance) => stay(loseHost(instance)),',
    breaks: 'a removal hangs when its host dies',
  },
  {
    statement: 'S41',
    test: death,
    title: 'S41: a death is charged only to those with a call in flight, and the second time the culprit gets its own host',
    file: 'daemon/src/shell/hosts/host-audience.ts',
    find: 'const isBlamed = blamed.has(name);',
    replace: 'const isBlamed = blamed.size >= 0;',
    breaks: 'everybody is charged with the death of a host',
  },
  {
    statement: 'S41',
    test: death,
    title: 'S41: after five deaths without a culprit every instance gets its own host',
    file: DEATH,
    find: 'return nobody >= MANY_DEATHS ? death.resources : [];',
    replace: 'return [];',
    breaks: 'a host that keeps dying without a culprit keeps all its instances',
  },
  {
    statement: 'S41',
    test: death,
    title: 'S41: a host that keeps dying is started again after 1, 2 seconds, never in a hot loop',
    file: DEATH,
    find: 'FIRST_DELAY_MS * 2 ** Math.max(0, inARow - 1)',
    replace: 'FIRST_DELAY_MS / 100',
    breaks: 'a host that keeps dying is restarted in a hot loop',
  },
  {
    statement: 'S41',
    test: death,
    title: 'S41: a host of one resource is quarantined after five deaths: online is refused with exit code 5 until it is unquarantined',
    file: DEATH,
    find: 'quarantine: alone && recent.length >= MANY_DEATHS,',
    replace: 'quarantine: false,',
    breaks: 'no host is ever quarantined',
  },
  {
    statement: 'S43',
    test: start,
    title: 'S43: a host that cannot be spawned is told of with its path and the reason, and blocks nobody',
    file: RECOVERY,
    find: "this.#slot.publish('hostStartFailed', { reason, nextAttemptInMs: pauseMs });",
    replace: "this.#slot.publish('hostStartFailed', { reason: 'no such file', nextAttemptInMs: pauseMs });",
    breaks: 'the reason does not name what could not be started',
  },
  {
    statement: 'S43',
    test: start,
    title: 'S43: after 1, then 2 seconds it is tried again, and a command that works by then is used',
    file: RECOVERY,
    find: 'this.#slot.startIfAwaited();',
    replace: '',
    breaks: 'a host that could not start is never tried again',
  },
  {
    statement: 'S43',
    test: start,
    title: 'S43: a host that exits before hello, says nothing or speaks another protocol is told of, ended and tried again',
    file: 'daemon/src/shell/hosts/host-slot.ts',
    find: 'if (!this.#hasGreeted) life.limit(this.plan.startTimeoutMs,',
    replace: 'if (!this.#hasGreeted) life.limit(100 * this.plan.startTimeoutMs,',
    breaks: 'a host that never says hello is waited for',
  },
  {
    statement: 'S58',
    test: start,
    title: 'S58: a process with a wrong token changes nothing, and the host it wanted to be is given up after its time',
    file: 'daemon/src/shell/hosts/host-slot.ts',
    find: "return this.#token !== '' && isSame(given, this.#token);",
    replace: "return this.#token !== '' && isSame.length === given.length - 3;",
    breaks: 'a token of the right length is as good as the right one',
  },
];

export default proofs;
