import { processes, type SeenProcess } from '../processes.ts';
import { programs, type World } from '../world.ts';
import type { Violation } from './violation.ts';

/** What lives must be what status says: one process for each host slot, one program for each resource that is a program. */
export function judgeProcesses({ daemon, fleet, resources }: Pick<World, 'daemon' | 'fleet' | 'resources'>): Violation[] {
  const slots = Map.groupBy(processesOf(daemon.env).filter(isHost), slotOf);
  const doubles = [...slots].filter(([, seen]) => seen.length > 1);
  const running = programs(fleet);
  const wrong = fleet.filter(({ name, sleep }) => {
    const expected = resources.some((resource) => resource.name === name && resource.state === 'Online') ? 1 : 0;
    return sleep !== null && (running.get(name)?.length ?? 0) !== expected;
  });
  return [
    ...doubles.map(([host, seen]) => ({
      rule: 'one host slot has more than one process',
      subject: host,
      detail: seen.map(({ pid, argv }) => `${pid}: ${argv.join(' ')}`).join('\n'),
    })),
    ...wrong.map(({ name }) => ({
      rule: 'a resource that is Online has one program, any other none',
      subject: name,
      detail: `pids ${running.get(name)?.join(' ') ?? 'none'}`,
    })),
  ];
}

/** Everything that was started below this daemon and kept its environment. */
export function processesOf(env: NodeJS.ProcessEnv): SeenProcess[] {
  return processes().filter(({ environment }) => environment.has(`ANDON_STATE_DIR=${env['ANDON_STATE_DIR']}`));
}

/** Hosts lead sessions of their own. What a host starts inherits its environment, and some of it leads a session too. */
function isHost(seen: SeenProcess): boolean {
  return seen.session === seen.pid && hostIdOf(seen) !== '' && ![...seen.environment].some((entry) => entry.startsWith('ANDON_RESOURCE='));
}

/** With the command line: a host may start helpers that lead sessions of their own. */
function slotOf(seen: SeenProcess): string {
  return `${hostIdOf(seen)}: ${seen.argv.join(' ')}`;
}

function hostIdOf({ environment }: SeenProcess): string {
  return [...environment].find((entry) => entry.startsWith('ANDON_HOST_ID='))?.slice('ANDON_HOST_ID='.length) ?? '';
}
