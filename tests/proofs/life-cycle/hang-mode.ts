import type { Proof } from '../proof.ts';

const test = 'tests/scenarios/hang-mode.test.ts';
const HANG_MODE = 'resource-host/src/builtin/exec/hang-mode.ts';

const proofs: readonly Proof[] = [
  {
    statement: 'S45',
    test,
    title: 'S45: after one entry point that did not return, nothing of a script is run until an administrator clears it',
    file: 'daemon/src/core/life-cycle/moves.ts',
    find: 'if (isInHangMode(instance)) return stay(enter(current,',
    replace: 'if (false) return stay(enter(current,',
    breaks: 'the restart policy tries a resource in hang mode again and again',
  },
  {
    statement: 'S45',
    test,
    title: 'S45: after one entry point that did not return, nothing of a script is run until an administrator clears it',
    file: HANG_MODE,
    find: 'if (!this.#isEntered()) return null;',
    replace: 'return null;',
    breaks: 'a script that did not return is run again',
  },
  {
    statement: 'S45',
    test,
    title: 'S45: hang mode outlives the host and the daemon',
    file: HANG_MODE,
    find: "join(stateDirectory, 'exec',",
    replace: "join(stateDirectory, 'exec', String(process.pid),",
    breaks: 'hang mode ends with its host',
  },
  {
    statement: 'S45',
    test,
    title: 'S45: hang mode that an online finds out is told by it, at once, and no daemon tries again',
    file: 'daemon/src/core/life-cycle/rows-resting.ts',
    find: ' || isInHangMode(instance)',
    replace: '',
    breaks: 'the next daemon tries a resource in hang mode again after RetryPeriodOnFailure',
  },
  {
    statement: 'S45',
    test,
    title: 'S45: hang mode that an online finds out is told by it, at once, and no daemon tries again',
    file: 'resource-host/src/operation.ts',
    find: "{ state: 'failed', code: answer.error.code,",
    replace: "{ state: 'failed',",
    breaks: 'an online that hung is asked for once more before the daemon learns of it',
  },
];

export default proofs;
