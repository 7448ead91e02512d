import type { Proof } from '../proof.ts';
const proofs: readonly Proof[] = [{ statement: 'S28', test: 'tests/scenarios/event-handle.test.ts',
 title: 'S28: a record in the pipe leads to terminate at once, and to online again under the next incarnation',
 file: 'daemon/src/core/life-cycle/rows-online.ts',
 find: "return hint === 'bare' || policy.verifyOnSignal ?", replace: "return hint !== 'bare' || policy.verifyOnSignal ?", breaks: 'verifies' }];
export default proofs;
