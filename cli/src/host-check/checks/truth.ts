import type { HostedResource } from '@andon/protocol';
import type { Play, Scenario } from '../scenario.ts';
import { expects } from '../violation.ts';

/** What a host says of its resources to the next daemon. */
export const truth: Scenario = {
  name: 'the truth about resources',
  checks: [
    {
      rule: 'H-3',
      expected: 'each open resource in the hello, with the incarnation and the state that it has at this moment',
      hint: 'Make the list when the hello is written, from what is so then; leave nothing out and nothing in that was closed.',
    },
  ],
  async play(play) {
    const { daemon } = play;
    await daemon.begin();
    await play.trial('H-3', async () => `${await tellsEachState(play)}; ${await tellsPending(play)}`);
  },
};

async function tellsEachState({ daemon }: Play): Promise<string> {
  for (const name of ['check-1', 'check-2', 'check-3', 'check-4', 'check-5']) await daemon.open(name);
  const { contract, pended } = await daemon.online('check-2', { incarnation: 2 });
  await daemon.online('check-3', { incarnation: 3 });
  await daemon.offline('check-3');
  await daemon.online('check-4', { incarnation: 4 });
  await daemon.terminate('check-4');
  await daemon.succeed('close', { resourceId: 'check-5' });
  const { resources } = await daemon.replace();
  const told = new Map<string, HostedResource>(resources.map((resource) => [resource.id, resource]));
  expectsTold(told, 'check-1', 0, ['Offline']);
  expectsTold(told, 'check-2', 2, ['Online'], 'check-2@2/online');
  expectsTold(told, 'check-3', 3, ['Offline'], 'check-3@3/offline');
  // The daemon that asked may have died before it wrote the terminate down: then Failed, with that last operation.
  expectsTold(told, 'check-4', 4, ['Offline', 'Failed'], 'check-4@4/terminate');
  expects(!told.has('check-5'), 'check-5, which is closed, is in the hello');
  const said = told.get('check-2')?.contract ?? contract;
  // What a pended one reports may be wrong by itself: P-6.
  expects(pended || said === contract, `check-2 came online with the contract ${contract}; the hello says ${said}`);
  return `told: ${[...told.values()].map(({ id, incarnation, state }) => `${id}@${incarnation} ${state}`).join(', ')}`;
}

/** In the middle of an online, if there is a middle. */
async function tellsPending({ daemon, stage }: Play): Promise<string> {
  const { id, params } = daemon.onlineCall('check-1');
  const response = await daemon.call('online', params, { id });
  if (!response.ok || !stage.witness.isPended(id)) return 'its online does not pend';
  const { resources } = await daemon.replace();
  const state = resources.find((resource) => resource.id === 'check-1')?.state;
  // It may have ended meanwhile.
  expects(state !== undefined && state !== 'Offline', `check-1 in the state ${state ?? 'missing'} while its online was pended`);
  await daemon.terminate('check-1');
  return `while pended: ${state}`;
}

function expectsTold(
  told: ReadonlyMap<string, HostedResource>,
  name: string,
  incarnation: number,
  states: readonly string[],
  lastOp?: string,
): void {
  const resource = told.get(name);
  expects(resource !== undefined, `${name}, which is open, is not in the hello`);
  expects(resource.incarnation === incarnation, `${name} with incarnation ${resource.incarnation} instead of ${incarnation}`);
  expects(states.includes(resource.state), `${name} in the state ${resource.state} instead of ${states.join(' or ')}`);
  const saidLast = resource.lastOp?.id;
  expects(
    saidLast === undefined || saidLast === lastOp,
    `${name} with the last operation ${saidLast ?? ''} instead of ${lastOp ?? 'none'}`,
  );
}
