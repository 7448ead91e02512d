import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** How often the threads of a process have gone to sleep by themselves; each of them was woken before it did so again. */
function sleeps(pid: number): number {
  let total = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8');
    total += Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)?.[1] ?? 0);
  }
  return total;
}

/** Milliseconds of processor time that a process has used. */
function processorMs(pid: number): number {
  const [, , ...fields] = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/\(.*\)/s, '')
    .split(/\s+/);
  // utime and stime, in ticks of 10 ms.
  return (Number(fields[10]) + Number(fields[11])) * 10;
}

export interface Idleness {
  readonly wakeUpsPerSecond: number;
  readonly processorMsPerSecond: number;
}

/** What a process costs while nothing happens, measured over these seconds. */
export async function idleness(pid: number, seconds: number): Promise<Idleness> {
  const before = { sleeps: sleeps(pid), ms: processorMs(pid) };
  await delay(seconds * 1000);
  return {
    wakeUpsPerSecond: (sleeps(pid) - before.sleeps) / seconds,
    processorMsPerSecond: (processorMs(pid) - before.ms) / seconds,
  };
}
