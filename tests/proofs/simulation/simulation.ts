import type { Proof } from '../proof.ts';

const test = 'tests/simulation/simulation.test.ts';
const TITLE = 'simulation: whatever goes wrong, every promise is kept';

/** Faults made by hand, in what decides and in what acts; the simulation knows of none of them. */
function found(file: string, find: string, replace: string, breaks: string): Proof {
  return { statement: 'simulation', test, title: TITLE, file: `daemon/src/${file}`, find, replace, breaks };
}

const proofs: readonly Proof[] = [
  // ---- the shell ----
  found(
    'shell/inheritance.ts',
    '    const found = new Set<string>();\n',
    `    const found = new Set<string>();
    for (const name of registry.resources.keys()) monitor.deliver(name, { kind: 'resumed', atMs: this.#parts.clock.monotonicMs() });
`,
    'resources ask for hosts before it is known which hosts live',
  ),
  found('shell/inheritance.ts', ' ?? this.#leaving(stored)', '', 'a removal that was cut off is forgotten'),
  found(
    'shell/hosts/host-slot.ts',
    " && this.state !== 'adopting'",
    '',
    'a host that is being looked for is let go, and another starts beside it',
  ),
  found(
    'shell/monitor/managed-resource.ts',
    "stored.phase === 'onlineCalled' ? 'online' : stored.next",
    'stored.next',
    'an online that was half written counts as going down',
  ),
  found('shell/tolerant-store.ts', 'if (wasRefused) this.#note();', '', 'a note beside the store outlives what it says'),
  found('shell/tolerant-store.ts', 'refused.set(name, kept);', '', 'what the disk refused is forgotten'),
  found(
    'shell/monitor/coordinator.ts',
    'for (const name of needing) for (const provider of dependencies.providersOf(name)) all.add(provider);',
    '',
    'an alternative that came up does not let the other one go',
  ),
  found(
    'shell/hosts/host-slot.ts',
    '    this.#saveHost();\n    this.#early.take();',
    '    this.#early.take();',
    'a host that is starting is not written down',
  ),
  found(
    'shell/hosts/host-slot.ts',
    'if (found.isHeard) life.watchDisconnected',
    'if (!found.isHeard) life.watchDisconnected',
    'an adopted host whose pipe was found is killed',
  ),
  found(
    'shell/monitor/monitor.ts',
    '    if (!resource || resource.hostId !== slot.hostId) {',
    '    if (!resource) {',
    'S58: a record fails a resource of another host',
  ),
  found(
    'shell/monitor/monitor.ts',
    '    this.#parts.saveIncarnation(resource.name, incarnation);\n',
    '',
    'the number of an online is not written before it is called',
  ),
  found(
    'shell/monitor/calls.ts',
    'const id = remembered\n    ? operationId',
    'const id = remembered\n    ? slot.connection.nextCallId(method) + operationId',
    'an operation that is sent again is another one',
  ),
  found(
    'shell/hosts/reconciliation.ts',
    "else owner.deliver(name, { kind: 'hostLost'",
    "else if (name === '') owner.deliver(name, { kind: 'hostLost'",
    'what its host forgot stays as it is',
  ),
  found('shell/hosts/host-slot.ts', '    this.connection.startups.clear();\n', '', 'a new process is not started up'),
  found('shell/hosts/record-intake.ts', 'this.#handle.resume();\n', '', 'a pipe that was flooded is never read again'),
  found(
    'shell/hosts/host-pipes.ts',
    '    if (this.#isReading) return;\n    this.#isReading = true;\n',
    '    if (this.#isReading) return;\n',
    'pipes are not drained before an online',
  ),
  // ---- the core ----
  found(
    'core/life-cycle/adoption.ts',
    'return verify({ ...known, onlineSinceMs: atMs }, unheard(atMs), policy);',
    'return stay({ ...known, onlineSinceMs: unheard(atMs).atMs });',
    'adopted resources are not verified',
  ),
  found(
    'core/life-cycle/adoption.ts',
    'return endedUnseen(instance, event, policy);',
    'void endedUnseen;',
    'an incarnation that is over begins again under its number',
  ),
  found(
    'core/life-cycle/rows-online.ts',
    'recoverFromLoss({ ...instance, recover: true }, event, policy)',
    'recoverFromLoss(instance, event, policy)',
    'what outlives its host is not looked for',
  ),
  found(
    'core/call-order.ts',
    '    if (lane.running && EXCLUSIVE.has(lane.running.method)) {',
    '    if (lane.running && lane.waiting.size > 99) {',
    'S36: terminate overlaps open',
  ),
  found(
    'core/call-order.ts',
    "return this.#serial ? '' : (call.resource ?? '');",
    "return call.resource ?? '';",
    'a serial host has calls beside each other',
  ),
  found(
    'core/dependencies/coordination.ts',
    'return instance !== undefined && counts(instance) && isLasting(name, world, counts);',
    'return instance !== undefined && counts(instance);',
    'dependents stay up on a provider that is going down',
  ),
];

export default proofs;
