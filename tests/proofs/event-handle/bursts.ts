import type { Proof } from '../proof.ts';

const burst = 'tests/scenarios/burst.test.ts';
const flood = 'tests/scenarios/flood.test.ts';
const INTAKE = 'daemon/src/shell/hosts/record-intake.ts';

const proofs: readonly Proof[] = [
  {
    statement: 'S32',
    test: burst,
    title: 'S32: of 4000 records in one burst, 20 for each of 200 instances, each is handled and none is lost or merged',
    file: 'protocol/src/common/failure-record.ts',
    find: 'if (record) accept(record);',
    replace: 'if (record && start === 0) accept(record);',
    breaks: 'of the records that are read at once only the first counts',
  },
  {
    statement: 'S32',
    test: burst,
    title:
      'S32: 10,000 instances of one host fail in one burst: 10,000 terminates over one connection, and another host is served meanwhile',
    file: 'daemon/src/core/call-order.ts',
    find: 'lane.terminates.add(call);\n    return { send: [call], dropped };',
    replace: 'lane.terminates.add(call);\n    return { send: this.#lanes.size > 5_000 ? [] : [call], dropped };',
    breaks: 'terminates of a burst that is large enough are given up',
  },
  {
    statement: 'S59',
    test: flood,
    title: 'S59: a flood of garbage is read no faster than its budget, and is counted to the last record',
    file: INTAKE,
    find: 'this.#handle.pause();',
    replace: '',
    breaks: 'a flood is read as fast as it comes',
  },
  {
    statement: 'S59',
    test: flood,
    title: 'S59: a flood is told of as one thing, and three seconds of it raise the alarm of its host',
    file: INTAKE,
    find: 'this.#floodSeconds >= FLOOD_ALARM_SECONDS',
    replace: 'this.#floodSeconds > 1_000',
    breaks: 'a lasting flood raises no alarm',
  },
  {
    statement: 'S59',
    test: flood,
    title: 'S59: while one pipe is flooded, every record of an honest host is acted upon before the flood is over',
    file: INTAKE,
    find: 'this.#handle.pause();',
    replace: 'const until = (second + 1) * 1000 - this.#readAtMs + this.#clock.monotonicMs(); while (this.#clock.monotonicMs() < until);',
    breaks: 'the budget of one pipe stops the reading of all',
  },
  {
    statement: 'S60',
    test: 'tests/scenarios/idle.test.ts',
    title: 'S60: 10000 instances on event handles wake the daemon no more often than one, or than none',
    file: 'daemon/src/core/poll-schedule.ts',
    find: 'isAlive: isAlive ?? never };',
    replace: "isAlive: isAlive ?? { ms: 5_000, source: 'default' } };",
    breaks: 'instances on event handles are polled after all',
  },
];

export default proofs;
