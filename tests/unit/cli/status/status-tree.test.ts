import type { ResourceStatus } from '@andon/protocol';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { dependencyTree, type TreeNode } from '../../../../cli/src/status/dependency-tree.ts';
import { statusText } from '../../../../cli/src/status/status-text.ts';
import { treeText } from '../../../../cli/src/status/tree-text.ts';
import { attentionOf } from '../../../../cli/src/status/troubles.ts';
import { hostStatus, resourceStatus, statusDocument } from '../../../integration/cli/fake-daemon.ts';

const NOW = Date.parse('2026-11-22T22:00:00.000Z');

beforeEach(() => void vi.stubEnv('LC_ALL', 'C.UTF-8').stubEnv('NO_COLOR', '1'));
afterEach(() => void vi.unstubAllEnvs());

const DISK_GONE = { at: '2026-11-22T21:59:30.000Z', reason: 'disk gone', source: 'failureRecord' } as const;

function draw(...resources: readonly ResourceStatus[]): string {
  return treeText(dependencyTree(resources), resources, NOW);
}
function failed(name: string, change: Partial<ResourceStatus> = {}): ResourceStatus {
  return resourceStatus(name, { state: 'Failed', phase: 'failed', contract: null, lastFailure: DISK_GONE, ...change });
}
function waiting(name: string, dependsOn: string, waitingFor: string[], change: Partial<ResourceStatus> = {}): ResourceStatus {
  return resourceStatus(name, { state: 'Offline', phase: 'closed', contract: null, dependsOn, waitingFor, ...change });
}

test('below a resource stands what it depends on, with alternatives; the cause of a trouble stands with it', () => {
  const resources = [
    resourceStatus('cache', { restarts: 2 }),
    resourceStatus('db', { statusText: 'pid 12' }),
    failed('store', { nextAttemptAt: '2026-11-22T22:12:00.000Z' }),
    resourceStatus('web', { dependsOn: '[db] and ([cache] or [store])' }),
    waiting('z', '[store]', ['store']),
  ];
  expect(draw(...resources)).toBe(
    `
RESOURCE       STATE    TYPE    CONTRACT  HOST    RESTARTS  NOTE
● web          Online   worker  event     worker
├─ ● db        Online   worker  event     worker            pid 12
└─ one of
   ├─ ● cache  Online   worker  event     worker  2
   └─ ✗ store  Failed   worker            worker
         disk gone (told by its event handle)
         next attempt in 12 min
◌ z            Offline  worker            worker
│  waits for store (Failed: disk gone)
└─ ✗ store     Failed   (see above)`.trimStart(),
  );
});

test('a group is complete in its section, and what it needs of another one is a reference', () => {
  const resources = [
    resourceStatus('db', { group: 'data' }),
    resourceStatus('net'),
    resourceStatus('web', { group: 'shop', dependsOn: '[db] and [net]' }),
    resourceStatus('admin', { group: 'shop', dependsOn: '[web]' }),
  ];
  expect(draw(...resources)).toBe(
    `
RESOURCE     STATE   TYPE    CONTRACT  HOST
group data: 1 online
● db         Online  worker  event     worker
group shop: 2 online
● admin      Online  worker  event     worker
└─ ● web     Online  worker  event     worker
   ├─ ● db   Online  (see group data)
   └─ ● net  Online  worker  event     worker`.trimStart(),
  );
});

test('without groups and dependencies it is a flat list; without UTF-8 it is drawn in ASCII', () => {
  vi.stubEnv('LC_ALL', 'C');
  expect(draw(resourceStatus('a'), waiting('b', '', []), resourceStatus('c', { state: 'OnlinePending' }))).toBe(
    `
RESOURCE  STATE          TYPE    CONTRACT  HOST
* a       Online         worker  event     worker
- b       Offline        worker            worker
~ c       OnlinePending  worker  event     worker`.trimStart(),
  );
});

test('a provider that nobody configured is named', () => {
  expect(draw(resourceStatus('a', { dependsOn: '[ghost]' }))).toContain('└─ ? ghost  is not configured');
});

test('control characters of a host do not reach the terminal', () => {
  expect(draw(failed('a', { lastFailure: { ...DISK_GONE, reason: 'x\u001b[2Jy' } }))).not.toContain('\u001b');
});

test('whatever depends on whatever, circles and long chains included, every resource is shown in full exactly once', () => {
  const names = fc.array(fc.integer({ min: 0, max: 11 }), { maxLength: 4 });
  const groups = fc.option(fc.constantFrom('g', 'h'), { nil: null });
  fc.assert(
    fc.property(fc.array(fc.record({ on: names, group: groups }), { maxLength: 12 }), (made) => {
      const resources = made.map(({ on, group }, index) =>
        resourceStatus(`r${index}`, { group, dependsOn: on.map((other) => `[r${other}]`).join(index % 2 ? ' or ' : ' and ') }),
      );
      const full = dependencyTree(resources).flatMap(({ roots }) => roots.flatMap(namesInFull));
      expect(full.toSorted()).toEqual(resources.map(({ name }) => name).toSorted());
    }),
  );
  const chain = Array.from({ length: 10_000 }, (_, index) =>
    resourceStatus(`r${index}`, { dependsOn: index === 0 ? '' : `[r${index - 1}]` }),
  );
  expect(dependencyTree(chain).flatMap(({ roots }) => roots.flatMap(namesInFull))).toHaveLength(10_000);
});

function namesInFull(node: TreeNode): string[] {
  if (node.kind === 'reference' || node.kind === 'missing') return [];
  const below = node.children.flatMap(namesInFull);
  return node.kind === 'resource' ? [node.resource.name, ...below] : below;
}

test('the head counts, and what needs somebody comes with what is known and what to type', () => {
  const quarantined = hostStatus('worker', { state: 'quarantined', trouble: 'exited with code 1' });
  const resources = [
    failed('a', { host: 'h2', restarts: 3 }),
    failed('b', { hostTrouble: 'exited with code 1' }),
    waiting('c', '[a]', ['a']),
    waiting('d', '[c] and [b]', ['c', 'b']),
    waiting('e', '[idle]', ['idle']),
    waiting('idle', '', [], { wanted: 'Offline' }),
    resourceStatus('f'),
  ];
  const document = statusDocument(resources, { hosts: [quarantined] });
  expect(statusText(document, null)).toContain('\n7 resources: 2 failed, 3 waiting, 1 online, 1 offline; 1 host\n');
  expect(attentionOf(document, NOW)).toEqual([
    {
      condition: 'failed',
      subject: 'host worker',
      what: 'quarantined: exited with code 1',
      facts: ['without it: b', 'd waits for it'],
      next: 'andon logs worker; mend it; andon host unquarantine worker',
    },
    {
      condition: 'failed',
      subject: 'a',
      what: 'disk gone',
      facts: ['told by its event handle, 30 s ago', '3 restarts so far', 'not tried again by itself', 'c, d wait for it'],
      next: 'andon events --resource a; mend the cause; andon online a',
    },
    {
      condition: 'waiting',
      subject: 'e',
      what: 'waits for idle (Offline, as wanted)',
      facts: ['what it needs is not wanted Online'],
      next: 'andon online e',
    },
  ]);
});

test('what fails with its host, or waits for what is on its way, is no trouble of its own', () => {
  const pause = hostStatus('worker', { state: 'backingOff' });
  const lost = failed('a', { phase: 'restartDelay', lastFailure: { ...DISK_GONE, source: 'hostExited' } });
  const resources = [lost, resourceStatus('b', { state: 'OnlinePending' }), waiting('c', '[b]', ['b'])];
  expect(attentionOf(statusDocument(resources, { hosts: [pause] }), NOW)).toMatchObject([
    { subject: 'host worker', what: 'gone, a pause before its next start', facts: ['without it: a'] },
  ]);
  // One that failed of itself there is told besides, and one that nobody tries again comes before one that is tried soon.
  const own = failed('own', { nextAttemptAt: '2026-11-22T22:00:01.000Z' });
  const subjects = attentionOf(statusDocument([lost, own, failed('final')], { hosts: [pause] }), NOW).map(({ subject }) => subject);
  expect(subjects).toEqual(['host worker', 'final', 'own']);
  // Another one, whose host is well again, stands for itself.
  expect(attentionOf(statusDocument(resources), NOW)).toMatchObject([{ subject: 'a' }]);
});

test('a chain of waiting is told down to its cause', () => {
  const resources = [failed('db'), waiting('app', '[db]', ['db']), waiting('web', '[app]', ['app'])];
  expect(draw(...resources)).toContain('waits for app (Offline, waits for db (Failed: disk gone))');
});

test('trouble of the store is the first to be told', () => {
  const { daemon } = statusDocument([]);
  const document = statusDocument([failed('a')], { daemon: { ...daemon, trouble: 'the store cannot be written: disk full' } });
  expect(attentionOf(document, NOW)[0]).toMatchObject({ subject: 'andond', what: 'the store cannot be written: disk full' });
});
