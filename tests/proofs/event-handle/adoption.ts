import type { Proof } from '../proof.ts';

const adoption = 'tests/scenarios/adoption.test.ts';
const truth = 'tests/scenarios/adoption-truth.test.ts';
const end = 'tests/scenarios/adoption-end.test.ts';
const CALLS = 'daemon/src/shell/monitor/calls.ts';
const CORE = 'daemon/src/core/life-cycle/adoption.ts';
const REMEMBERED = 'const id = remembered\n    ? operationId';
/** Ids that no later daemon repeats. */
const FORGOTTEN = 'const id = remembered\n    ? slot.connection.nextCallId(method) + operationId';

const VERIFIED = 'return verify({ ...known, onlineSinceMs: atMs }, unheard(atMs), policy);';
const UNVERIFIED = 'return stay({ ...known, onlineSinceMs: unheard(atMs).atMs });';
const killPoints = 'tests/scenarios/kill-points.test.ts';
const EVERY_POINT = 'S56: a daemon killed at every named point: each written record is answered, none acts twice, and nothing runs twice';

const proofs: readonly Proof[] = [
  {
    statement: 'S44',
    test: adoption,
    title:
      'S44: after kill -9 the next daemon finds the same host process, the same pipe and its instances Online, and calls nothing but one isAlive each',
    file: 'daemon/src/shell/hosts/host-start.ts',
    find: 'if (!process) return null;',
    replace: 'if (process) return null;',
    breaks: 'no host is adopted',
  },
  {
    statement: 'S44',
    test: adoption,
    title: 'S44: records written while no daemon runs are acted upon by the next, once',
    file: 'daemon/src/shell/hosts/host-pipes.ts',
    find: 'if (!handle) return false;\n',
    replace: 'if (!handle) return false;\n    handle.read(() => undefined);\n    handle.drain(100_000);\n',
    breaks: 'what waits in an adopted pipe is thrown away',
  },
  {
    statement: 'S44',
    test: adoption,
    title: 'S44: what is left of a record whose beginning died with the daemon is made up for by isAlive',
    file: CORE,
    find: VERIFIED,
    replace: UNVERIFIED,
    breaks: 'adopted instances are not verified',
  },
  {
    statement: 'S44',
    test: adoption,
    title: 'S44: terminate in flight when the daemon dies is sent again under the same id',
    file: CALLS,
    find: REMEMBERED,
    replace: FORGOTTEN,
    breaks: 'a terminate in flight is sent again as another one',
  },
  {
    statement: 'S44',
    test: adoption,
    title: 'S44: a host whose connection breaks and comes back keeps everything',
    file: 'daemon/src/shell/hosts/host-slot.ts',
    find: "this.#life.watchDisconnected('stayed away without a connection');",
    replace: "this.#life.kill('lost its connection', null);",
    breaks: 'a broken connection costs a living host its life',
  },
  {
    statement: 'S41',
    test: adoption,
    title: 'S41: the death of an adopted host, which is no child of this daemon, is noticed and answered as any other',
    file: 'daemon/src/shell/hosts/host-process.ts',
    find: 'const FIRST_LOOK_MS = 5;',
    replace: 'const FIRST_LOOK_MS = 5_000;',
    breaks: 'the end of an adopted host is noticed seconds later',
  },
  {
    statement: 'S44',
    test: truth,
    title: 'S44: a host with a later incarnation is believed: the store is raised and nothing is terminated',
    file: CORE,
    find: 'next: goal,\n    incarnation,',
    replace: 'next: goal,',
    breaks: 'a later incarnation of the host does not raise the store',
  },
  {
    statement: 'S44',
    test: truth,
    title: 'S44: a host with an earlier incarnation Online has that one terminated, and the next is higher than both',
    file: CORE,
    find: "if (report.state !== 'Online') return recoverByPolicy(lost, atMs, policy);",
    replace: "if (report.state !== 'Offline') return recoverByPolicy(lost, atMs, policy);",
    breaks: 'an earlier incarnation is left running beside the next',
  },
  {
    statement: 'S44',
    test: truth,
    title: 'S44: a host that says failed is answered with terminate under the normal id',
    file: CORE,
    find: "if (report.state !== 'Online' || report.failed) return fail(known, failure, policy);",
    replace: "if (report.state !== 'Online') return fail(known, failure, policy);",
    breaks: 'failed: true in hello is ignored',
  },
  {
    statement: 'S44',
    test: truth,
    title: 'S44: what the host has terminated already is not terminated again, and goes on by policy',
    file: CORE,
    find: "if (report.state === 'Failed' && wasTerminated(report)) {\n    return recoverByPolicy({ ...countFailure(known",
    replace: "if (report.state === 'Offline' && wasTerminated(report)) {\n    return recoverByPolicy({ ...countFailure(known",
    breaks: 'a terminate that was done is called again',
  },
  {
    statement: 'S44',
    test: truth,
    title: 'S44: what the daemon knows nothing of is terminated and closed',
    file: 'daemon/src/shell/hosts/reconciliation.ts',
    find: '[...reports.values()].map(',
    replace: '[...reports.values()].slice(reports.size).map(',
    breaks: 'what the store does not know runs on unwatched',
  },
  {
    statement: 'S44',
    test: truth,
    title: 'S44: what the living host knows nothing of is lost, opened and brought online again',
    file: 'daemon/src/shell/hosts/reconciliation.ts',
    find: "else owner.deliver(name, { kind: 'hostLost'",
    replace: "else if (name === '') owner.deliver(name, { kind: 'hostLost'",
    breaks: 'an instance that its host forgot stays as it is',
  },
  {
    statement: 'S44',
    test: end,
    title: 'S44: when no daemon comes within the orphan period, a host takes its resources offline in reverse order and ends',
    file: 'resource-host/src/orphan.ts',
    find: 'this.#timer = setTimeout(this.#onOrphaned, this.#periodMs);',
    replace: '',
    breaks: 'orphaned hosts stay for ever',
  },
  {
    statement: 'S44',
    test: end,
    title: 'S44: "andon down --leave-resources" leaves hosts and resources running for the next daemon',
    file: 'daemon/src/shell/shutdown.ts',
    find: 'if (leaveResources) clock',
    replace: 'if (leaveResources && reason === undefined) clock',
    breaks: '--leave-resources takes everything offline',
  },
  {
    statement: 'S44',
    test: end,
    title: 'S44: a second signal ends the daemon at once and leaves the hosts to the next',
    file: 'daemon/src/main.ts',
    find: 'if (isEnding) return daemon.leave();',
    replace: 'if (isEnding) return undefined;',
    breaks: 'a second signal is ignored',
  },
  {
    statement: 'S56',
    test: 'tests/scenarios/adoption-rounds.test.ts',
    title: 'S56: 30 times kill -9 with records in the pipes: each written record is answered, and none acts twice',
    file: CALLS,
    find: REMEMBERED,
    replace: FORGOTTEN,
    breaks: 'a terminate in flight when the daemon dies is done twice',
  },
  {
    statement: 'S56',
    test: killPoints,
    title: EVERY_POINT,
    file: CORE,
    find: VERIFIED,
    replace: UNVERIFIED,
    breaks: 'a record that was read and not heard is lost with the daemon',
  },
  {
    statement: 'S56',
    test: killPoints,
    title: EVERY_POINT,
    file: CALLS,
    find: REMEMBERED,
    replace: FORGOTTEN,
    breaks: 'a terminate whose frame had left is done twice',
  },
  {
    statement: 'S56',
    test: 'tests/scenarios/adoption-going-online.test.ts',
    title: 'S56: a record that the daemon before heard while its resource was going online is made up for by one isAlive',
    file: CORE,
    find: '(instance.unconfirmed ? unheard(atMs) : null)',
    replace: '(instance.unconfirmed && atMs < 0 ? unheard(atMs) : null)',
    breaks: 'what is adopted on its way online is not verified',
  },
  {
    statement: 'S34',
    test: 'tests/scenarios/incarnation-of-a-name.test.ts',
    title:
      'S34: a resource that is removed and added again under the same daemon begins above its last incarnation, so that an old record does not mean it',
    file: 'daemon/src/shell/monitor/registry.ts',
    find: 'if (removed) this.beginAbove(',
    replace: "if (name === '' && removed) this.beginAbove(",
    breaks: 'a resource that is added again begins again at incarnation 1',
  },
];

export default proofs;
