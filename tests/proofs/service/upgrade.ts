import type { Proof } from '../proof.ts';

const upgrade = 'tests/scenarios/upgrade.test.ts';

const proofs: readonly Proof[] = [
  {
    statement: 'S57',
    test: upgrade,
    title: 'S57: a daemon that is no service is replaced while its hosts and resources stay',
    file: 'cli/src/service/upgrade.ts',
    find: '{ leaveResources: true, restart: isService }',
    replace: '{ leaveResources: false, restart: isService }',
    breaks: 'the old daemon takes its resources offline',
  },
  {
    statement: 'S57',
    test: upgrade,
    title: 'S57: what did not survive is named, with exit code 1',
    file: 'cli/src/service/upgrade.ts',
    find: "one.state === 'Online' && one.incarnation === incarnation",
    replace: 'incarnation > 0',
    breaks: 'a resource that is not online any more counts as kept',
  },
];

export default proofs;
