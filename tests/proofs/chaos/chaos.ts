import { hasPrograms } from '../../support/toolchain.ts';
import type { Proof } from '../proof.ts';

const about = {
  statement: 'S56',
  test: 'tests/scenarios/chaos.test.ts',
  title: `S56: chaos with hosts in ${hasPrograms('python3') ? 'ts and python' : 'ts'}: whatever is killed, what was written is answered, nothing acts twice, all comes back`,
};

const proofs: readonly Proof[] = [
  {
    ...about,
    file: 'resource-host/src/instance.ts',
    find: 'const failure = this.#mayRun ? await attempt',
    replace: 'if (this.#mayRun) await this.#entryPoints.terminate(facts, why);\n    const failure = this.#mayRun ? await attempt',
    breaks: 'a resource is cleaned up twice for one terminate',
  },
  {
    ...about,
    file: 'daemon/src/shell/hosts/host-slot.ts',
    find: 'this.#tools.store.saveHost({',
    replace: 'void ({',
    breaks: 'no host is written down, so that the next daemon starts it again beside the one that lives',
  },
];

export default proofs;
