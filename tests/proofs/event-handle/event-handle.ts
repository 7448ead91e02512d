import type { Proof } from '../proof.ts';

const basic = 'tests/scenarios/event-handle.test.ts';
const incarnation = 'tests/scenarios/event-handle-incarnation.test.ts';
const input = 'tests/scenarios/event-handle-input.test.ts';
const MONITOR = 'daemon/src/shell/monitor/monitor.ts';
const POLLS = 'daemon/src/core/poll-schedule.ts';
const ONLINE = 'daemon/src/core/life-cycle/rows-online.ts';
const RECORDS = 'daemon/src/core/life-cycle/records.ts';
const PARSER = 'protocol/src/common/failure-record.ts';
const INTAKE = 'daemon/src/shell/hosts/record-intake.ts';

const proofs: readonly Proof[] = [
  {
    statement: 'S26',
    test: basic,
    title: 'S26: with an event handle looksAlive is never called, however small its interval',
    file: POLLS,
    find: 'return { looksAlive: never, isAlive: isAlive ?? never };',
    replace:
      'return { looksAlive: first(configured.resourceLooksAliveMs, configured.typeLooksAliveMs, null) ?? never, isAlive: isAlive ?? never };',
    breaks: 'a configured looksAlive interval is polled in spite of the event handle',
  },
  {
    statement: 'S26',
    test: input,
    title: 'S26: an event handle that the daemon did not issue is no contract and fails the online',
    file: 'daemon/src/shell/monitor/calls.ts',
    find: "result.contract === 'event' && !slot.pipes.issued(result.eventHandle)",
    replace: 'false',
    breaks: 'any path passes for an event handle',
  },
  {
    statement: 'S27',
    test: basic,
    title: 'S27: with an event handle isAlive is polled only where the resource sets an interval',
    file: POLLS,
    find: 'isAlive: isAlive ?? never };',
    replace: "isAlive: isAlive ?? { ms: 20, source: 'default' } };",
    breaks: 'isAlive is polled although nobody asked for it',
  },
  {
    statement: 'S27',
    test: basic,
    title: 'S27: an interval of the type is explicit too, and isAlive false then fails the resource',
    file: POLLS,
    find: 'isAlive: isAlive ?? never };',
    replace: 'isAlive: never };',
    breaks: 'an explicit isAlive interval is ignored',
  },
  {
    statement: 'S28',
    test: basic,
    title:
      'S28: a record in the pipe leads to terminate at once, and to online again under the next incarnation',
    file: ONLINE,
    find: "hint === 'bare' || policy.verifyOnSignal ? verify",
    replace: 'policy ? verify',
    breaks: 'an isAlive comes before every terminate',
  },
  {
    statement: 'S28',
    test: incarnation,
    title: 'S28: a bare ID later than two seconds after online acts at once',
    file: RECORDS,
    find: "onlineLongEnough ? 'current' : 'bare'",
    replace: "onlineLongEnough ? 'bare' : 'bare'",
    breaks: 'a bare ID never acts at once',
  },
  {
    statement: 'S28',
    test: input,
    title:
      'S28: records with CRLF, blanks, a byte order mark, empty lines, UTF-8 or a reason that is too long are understood',
    file: PARSER,
    find: ' || byte === 0x0d;',
    replace: ';',
    breaks: 'a record that ends in CRLF is malformed',
  },
  {
    statement: 'S28',
    test: input,
    title: 'S28: notify "failed" on the socket is the same as a record',
    file: MONITOR,
    find: "source: 'failedNotification' });",
    replace: "source: 'isAlive' });",
    breaks: 'a failure told on the socket is not known as such',
  },
  {
    statement: 'S29',
    test: basic,
    title: 'S29: with onSignal "verify" isAlive comes first, and a resource that is alive stays Online',
    file: ONLINE,
    find: "hint === 'bare' || policy.verifyOnSignal ? verify",
    replace: "hint === 'bare' ? verify",
    breaks: 'onSignal "verify" terminates without asking',
  },
  {
    statement: 'S29',
    test: basic,
    title: 'S29: an isAlive that gives no answer counts as false after five seconds',
    file: ONLINE,
    find: "verifyExpired: (instance, event, policy) => notAlive(instance, 'isAlive gave no answer in time', event.atMs, policy),",
    replace: 'verifyExpired: (instance) => stay(instance),',
    breaks: 'an isAlive without answer leaves the suspicion open',
  },
  {
    statement: 'S30',
    test: basic,
    title: 'S30: of 200 instances on one handle, one ID terminates exactly that one',
    file: MONITOR,
    find: "this.deliver(record.resource, { kind: 'failureReported'",
    replace: "for (const name of this.resourcesOf(slot.hostId)) this.deliver(name, { kind: 'failureReported'",
    breaks: 'a record fails every instance of its handle',
  },
  {
    statement: 'S30',
    test: input,
    title: 'S30: a host may have further handles, and a record in any of them is acted upon',
    file: 'daemon/src/shell/hosts/host-pipes.ts',
    find: 'if (this.#isReading) intake.start();',
    replace: '',
    breaks: 'a further handle is never read',
  },
  {
    statement: 'S31',
    test: basic,
    title: 'S31: a handle that comes with the final status of a pending online is honoured',
    file: 'daemon/src/shell/monitor/host-requests.ts',
    find: '      report.eventHandle === undefined\n',
    replace: '      report.state !== undefined\n',
    breaks: 'a late event handle is ignored and the instance polled',
  },
  {
    statement: 'S33',
    test: incarnation,
    title: 'S33: a record written before the reply to online fails that incarnation, once',
    file: 'daemon/src/core/life-cycle/moves.ts',
    find: 'if (latched) return',
    replace: 'if (latched === undefined) return',
    breaks: 'a latched record is forgotten when online returns',
  },
  {
    statement: 'S33',
    test: incarnation,
    title: 'S33: a record of a pending online is latched and acted upon the moment it is Online',
    file: 'daemon/src/core/life-cycle/moves.ts',
    find: 'if (latched) return',
    replace: 'if (latched === undefined) return',
    breaks: 'a latched record is forgotten when online returns',
  },
  {
    statement: 'S33',
    test: incarnation,
    title: 'S33: a bare record of a pending online is decided by one isAlive once it is Online',
    file: 'daemon/src/core/life-cycle/moves.ts',
    find: 'if (suspicion) return verify(online, suspicion, policy);',
    replace: '',
    breaks: 'a bare record of a pending online is forgotten',
  },
  {
    statement: 'S34',
    test: incarnation,
    title:
      'S34: an ID of an older incarnation, or of an instance that is not Online, terminates nothing and is counted',
    file: RECORDS,
    find: "event.incarnation === instance.incarnation ? 'current' : 'stale'",
    replace: "event.incarnation > 0 ? 'current' : 'stale'",
    breaks: 'a stale record terminates the present incarnation',
  },
  {
    statement: 'S34',
    test: incarnation,
    title:
      'S34: a bare ID soon after online is verified, one that isAlive refutes is answered recordDismissed',
    file: RECORDS,
    find: "onlineLongEnough ? 'current' : 'bare'",
    replace: "onlineLongEnough ? 'current' : 'current'",
    breaks: 'a bare ID of the incarnation before can hit a new one',
  },
  {
    statement: 'S34',
    test: incarnation,
    title: 'S34: requireIncarnation refuses bare IDs however long it is Online',
    file: RECORDS,
    find: "if (policy.requireIncarnation) return 'incarnationRequired';",
    replace: '',
    breaks: 'requireIncarnation is ignored',
  },
  {
    statement: 'S34',
    test: incarnation,
    title:
      'S34: a bare ID that waits in the pipe when an online begins is drained, counted and logged, and never meets it',
    file: MONITOR,
    find: 'this.slotOf(resource).pipes.drain();',
    replace: '',
    breaks: 'what waits in the pipe meets the incarnation that begins',
  },
  {
    statement: 'S34',
    test: input,
    title:
      'S34: a record without its newline is kept, counted and told of, and acted upon only when the newline comes',
    file: INTAKE,
    find: 'this.counts.unterminated++;',
    replace: '',
    breaks: 'an unterminated record is not counted',
  },
  {
    statement: 'S58',
    test: input,
    title: 'S58: a host can fail only its own resources: by its pipe, by its socket and by a status report',
    file: MONITOR,
    find: 'if (!resource || resource.hostId !== slot.hostId) {',
    replace: 'if (!resource) {',
    breaks: 'a host can fail a resource of another host through its pipe',
  },
  {
    statement: 'S59',
    test: input,
    title:
      'S59: records with NUL, control characters, invalid UTF-8, UTF-16, bad grammar or too long without ID@INCARNATION are dropped and counted',
    file: PARSER,
    find: "if (CONTROL.test(text)) return malformed(trimmed, 'controlCharacter');",
    replace: '',
    breaks: 'records with control characters act',
  },
];

export default proofs;
