import type { KillScope } from '@andon/protocol';
import type { Clock, ProcessIdentity } from '../../ports/index.ts';
import { isPopulated, killCgroup } from './cgroup.ts';
import { bootId, isDead, livingFacts, type ProcessFacts, readProcesses, signalExactly } from './process-identity.ts';

/** What a kill can reach. */
export interface Victim {
  readonly identity: ProcessIdentity;
  /** Whether its pid is also the number of its process group. */
  readonly leadsGroup: boolean;
  /** Directory of the cgroup that is its own, if any. */
  readonly cgroup: string | null;
}

const LONGEST_WAIT_MS = 50;
/** Bounds the work where a process sits in the kernel and neither stops nor ends. */
const MOST_WALKS = 20;

/**
 * SIGKILL to the scope, then waits until nothing of it is left. A host that has exited already is no reason to spare the others.
 * Applications that a host started in sessions of their own are beyond `process` and `group`.
 */
export async function killScope(clock: Clock, victim: Victim, scope: KillScope, limitMs: number): Promise<'gone' | 'notGone'> {
  const startedMs = clock.monotonicMs();
  const targets = scope === 'tree' ? await stopTree(clock, victim.identity) : [victim.identity];
  let waitMs = 1;
  for (;;) {
    if (scope !== 'none') for (const target of targets) signalExactly(target, 'SIGKILL');
    const reach = scope === 'tree' || scope === 'group' ? killGroupAndCgroup(victim, scope) : 'nobody';
    if (reach === 'nobody' && !targets.some((target) => livingFacts(target))) return 'gone';
    if (scope === 'none' || clock.monotonicMs() - startedMs >= limitMs) return 'notGone';
    const pauseMs = waitMs;
    await pause(clock, pauseMs);
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
  }
}

/** Whether anybody was left to be killed. */
function killGroupAndCgroup(victim: Victim, scope: 'tree' | 'group'): 'somebody' | 'nobody' {
  const inCgroup = scope === 'tree' && victim.cgroup !== null && isPopulated(victim.cgroup);
  if (inCgroup && victim.cgroup !== null) killCgroup(victim.cgroup);
  const inGroup = victim.leadsGroup && killGroup(victim.identity);
  return inCgroup || inGroup ? 'somebody' : 'nobody';
}

function killGroup({ pid, startTime, bootId: boot }: ProcessIdentity): boolean {
  if (boot !== bootId() || !groupExists(pid)) return false;
  const members = readProcesses().filter((facts) => facts.groupId === pid && !isDead(facts));
  // A number is given out again only when the last of its group has gone: then it leads a group of strangers.
  const strangers = members.some((facts) => facts.pid === pid && facts.startTime !== startTime);
  if (strangers || members.length === 0) return false;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // All of them ended meanwhile.
  }
  return true;
}

/** Cheap, but zombies count: nobody may have reaped them. */
function groupExists(groupId: number): boolean {
  try {
    process.kill(-groupId, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * The process and all its descendants, every one stopped, so that whoever loses its parent by the kill is on the list already. A stopped
 * process cannot fork; but one that was just forking when it was told to stop still brings its child into the world. So the list is whole
 * when a walk that began after all of them were seen to stand still finds nobody new.
 */
async function stopTree(clock: Clock, root: ProcessIdentity): Promise<ProcessIdentity[]> {
  // Its descendants have other parents by now: what is left of them is in its group or cgroup.
  if (!livingFacts(root)) return [root];
  const found = new Map([[root.pid, root]]);
  signalExactly(root, 'SIGSTOP');
  let stoodStill = false;
  for (let walk = 0; walk < MOST_WALKS; walk++) {
    const processes = readProcesses();
    const fresh = addDescendants(found, processes);
    for (const identity of fresh) signalExactly(identity, 'SIGSTOP');
    if (stoodStill && fresh.length === 0) break;
    stoodStill = fresh.length === 0 && standStill(found, processes);
    await pause(clock, 0);
  }
  return [...found.values()];
}

function standStill(found: ReadonlyMap<number, ProcessIdentity>, processes: readonly ProcessFacts[]): boolean {
  return processes.every((facts) => facts.state === 'T' || isDead(facts) || found.get(facts.pid)?.startTime !== facts.startTime);
}

/** Adds to `found` what one walk over /proc shows below it, and answers what was added. */
function addDescendants(found: Map<number, ProcessIdentity>, processes: readonly ProcessFacts[]): ProcessIdentity[] {
  const startTimes = new Map(processes.map(({ pid, startTime }) => [pid, startTime]));
  const byParent = Map.groupBy(processes, (facts) => facts.parentPid);
  const fresh: ProcessIdentity[] = [];
  const queue = [...found.values()];
  for (let parent = queue.pop(); parent; parent = queue.pop()) {
    // One that has ended has no children any more; who has its number by now is a stranger.
    if (startTimes.get(parent.pid) !== parent.startTime) continue;
    for (const { pid, startTime } of byParent.get(parent.pid) ?? []) {
      if (found.get(pid)?.startTime === startTime) continue;
      const identity = { pid, startTime, bootId: bootId() };
      found.set(pid, identity);
      fresh.push(identity);
      queue.push(identity);
    }
  }
  return fresh;
}

function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve);
  });
}
