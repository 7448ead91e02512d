import { setTimeout as pause } from 'node:timers/promises';
import { writeRecord } from '../failures.ts';
import { isRunning, signal } from '../processes.ts';
import { pickHost, type Fault } from '../world.ts';

const LIMIT_MS = 40_000;
const LOOK_AGAIN_MS = 50;

/** A host that stands still until the daemon kills it: a failure is written, and its terminate is not answered within TerminateTimeout. */
export const hostHung: Fault = {
  kind: 'host-hung',
  share: 1,
  lacks: () => null,
  async inject(world) {
    const host = pickHost(world, ({ types }) => types.some((type) => type.startsWith('ledger-')));
    const pid = host?.pid ?? 0;
    const victim = world.resources.find((resource) => resource.host === host?.id && resource.state === 'Online');
    if (!host || !victim || !isRunning(pid)) return;
    world.ledger.enter('paused', { holder: pid });
    signal(pid, 'SIGSTOP');
    writeRecord(world, host.id, victim.name, victim.incarnation);
    for (const until = Date.now() + LIMIT_MS; isRunning(pid) && Date.now() < until;) await pause(LOOK_AGAIN_MS);
    signal(pid, 'SIGCONT');
  },
};
