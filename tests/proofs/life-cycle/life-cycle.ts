import type { Proof } from '../proof.ts';

const test = 'tests/scenarios/life-cycle.test.ts';
const GOING_ONLINE = 'daemon/src/core/life-cycle/rows-going-online.ts';
const STOPPING = 'daemon/src/core/life-cycle/rows-stopping.ts';

const proofs: readonly Proof[] = [
  {
    statement: 'S1',
    test,
    title: 'S1: startup comes exactly once, before the first open of the type, and not for a second resource',
    file: 'daemon/src/shell/hosts/type-startups.ts',
    find: 'if (known) return known;',
    replace: "if (known?.kind === 'started') this.#states.delete(type);\n    if (known) return known;",
    breaks: 'every resource of a type causes a startup of its own',
  },
  {
    statement: 'S2',
    test,
    title:
      'S2: startup comes again after all resources of the type were removed, on a host that goes on for another type',
    file: 'daemon/src/shell/daemon.ts',
    find: 'connection.startups.forget(definition.type)',
    replace: 'connection.startups.startedTypes',
    breaks: 'a type whose resources were all removed is never started up again',
  },
  {
    statement: 'S2',
    test,
    title: 'S2: startup comes again in a new host after the last resource of the host was removed',
    file: 'daemon/src/shell/hosts/host-directory.ts',
    find: 'else slot.startIfAwaited();',
    replace: '',
    breaks: 'a resource that comes while its host is being ended waits for ever',
  },
  {
    statement: 'S3',
    test,
    title: 'S3: a host without a common version is refused, and nothing is opened',
    file: 'daemon/src/shell/hosts/host-directory.ts',
    find: '!hello.data.protocols.includes(PROTOCOL)',
    replace: 'hello.data.protocols.length === 0',
    breaks: 'a host that speaks only another version is welcomed',
  },
  {
    statement: 'S3',
    test,
    title: 'S3: a type that the host does not name is refused, and nothing is opened',
    file: 'daemon/src/shell/hosts/type-startups.ts',
    find: 'resourceTypes.includes(type)',
    replace: 'resourceTypes.length > 0',
    breaks: 'any list of types is taken for the right one',
  },
  {
    statement: 'S4',
    test,
    title: 'S4: open that fails is shown and followed by no online',
    file: 'daemon/src/core/life-cycle/rows-starting.ts',
    find: "if (outcome.kind !== 'completed')",
    replace: "if (outcome.kind === 'malformed')",
    breaks: 'online is called although open was refused',
  },
  {
    statement: 'S5',
    test,
    title: 'S5: online that succeeds at once is Online without passing OnlinePending',
    file: 'daemon/src/core/life-cycle/phases.ts',
    find: "case 'onlineCalled':\n      return stopping ? 'OfflinePending' : 'Initializing';",
    replace: "case 'onlineCalled':\n      return 'OnlinePending';",
    breaks: 'an unanswered online is called OnlinePending',
  },
  {
    statement: 'S6',
    test,
    title: 'S6: when online pends, the monitor itself sets OnlinePending before any report',
    file: 'daemon/src/core/life-cycle/phases.ts',
    find: "return 'OnlinePending';",
    replace: "return 'Initializing';",
    breaks: 'a pending online is not shown as such',
  },
  {
    statement: 'S7',
    test,
    title: 'S7: online that fails is logged, and terminate comes exactly once',
    file: GOING_ONLINE,
    find: 'const step = fail(instance, { reason: `online failed',
    replace:
      "const failed = (it: Instance, lastFailure: Failure, _policy: Policy): Step =>\n    stay(enter({ ...it, lastFailure }, 'failed'));\n  const step = failed(instance, { reason: `online failed",
    breaks: 'an online that was refused is not followed by terminate',
  },
  {
    statement: 'S8',
    test,
    title: 'S8: offline that fails is logged and followed by terminate',
    file: STOPPING,
    find: "callTerminate(instance, instance.next, 'offlineError', message || code, policy)",
    replace: 'rest(instance)',
    breaks: 'an offline that was refused is taken for done',
  },
  {
    statement: 'S9',
    test,
    title: 'S9: when offline pends and then reports Offline, there is no terminate',
    file: STOPPING,
    find: 'const step = rest(instance);',
    replace: "const step = offlineFailed(instance, 'failed', '', policy);",
    breaks: 'a pended offline that has succeeded is terminated',
  },
  {
    statement: 'S1',
    test,
    title: 'S1: startup comes once for each type of a shared host, each before the first open of that type',
    file: 'daemon/src/shell/hosts/type-startups.ts',
    find: 'const known = this.#states.get(type);',
    replace: 'const known = this.#states.get(type) ?? [...this.#states.values()][0];',
    breaks: 'only the first type of a shared host is started up',
  },
];
export default proofs;
