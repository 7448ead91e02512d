import { type HostedResource, MAX_HELLO_RESOURCES_BYTES, NOTIFICATIONS, Notify } from '@andon/protocol';
import type { Play, Scenario } from '../scenario.ts';
import { expects } from '../violation.ts';

/** As long as a name may be, so that fewer of them fill a hello. */
const NAME_LENGTH = 128;
/** Enough for more than one frame of resources, however short a host writes them. */
const MANY = 1_600;
const OPENING_LIMIT_MS = 8_000;
const REST_LIMIT_MS = 2_000;

/** What a host says of its resources to the next daemon. */
export const truth: Scenario = {
  name: 'the truth about resources',
  checks: [
    {
      rule: 'H-3',
      expected: 'each open resource in the hello, with the incarnation and the state that it has at this moment',
      hint: 'Make the list when the hello is written, from what is so then; leave nothing out and nothing in that was closed.',
    },
    {
      rule: 'H-4',
      expected: 'resources of more than 256 KiB told in pieces: resourceCount in the hello, the rest in `resources` notifications',
      hint: 'Cut the list into pieces of at most 262,144 bytes of JSON; the first goes into the hello.',
    },
  ],
  async play(play) {
    const { daemon } = play;
    await daemon.begin();
    await play.trial('H-3', () => tellsEachState(play));
    for (const name of ['check-1', 'check-2', 'check-3', 'check-4']) await daemon.drop(name);
    await hellosOfMany(play);
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

async function hellosOfMany(play: Play): Promise<void> {
  const { daemon } = play;
  const names = await openMany(play);
  if (names.length < MANY) {
    return play.notApplicable('H-4', `it opened ${names.length} resources in ${OPENING_LIMIT_MS / 1000} s, too few for a large hello`);
  }
  await play.trial('H-4', async () => {
    const { resources, resourceCount } = await daemon.replace();
    const pieces = [resources, ...(await restOf(play, names.length - resources.length))];
    expects(resourceCount === names.length, `resourceCount ${resourceCount ?? 'missing'} for ${names.length} resources`);
    const bytes = pieces.map((piece) => Buffer.byteLength(JSON.stringify(piece)));
    const largest = Math.max(...bytes);
    expects(largest <= MAX_HELLO_RESOURCES_BYTES, `${largest} bytes of resources in one frame`);
    const told = new Set(pieces.flat().map(({ id }) => String(id)));
    const missing = names.filter((name) => !told.has(name));
    expects(missing.length === 0, `${missing.length} of ${names.length} resources were not told`);
    return `${names.length} resources in frames of ${bytes.join(' + ')} bytes`;
  });
}

async function openMany({ daemon }: Play): Promise<readonly string[]> {
  const names: string[] = [];
  const untilMs = performance.now() + OPENING_LIMIT_MS;
  while (names.length < MANY && performance.now() < untilMs) {
    const name = `check-many-${names.length}-`.padEnd(NAME_LENGTH, 'x');
    await daemon.open(name);
    names.push(name);
  }
  return names;
}

/** The pieces that follow the hello, until that many resources are told. */
async function restOf({ daemon }: Play, count: number): Promise<readonly (readonly HostedResource[])[]> {
  const pieces: HostedResource[][] = [];
  await daemon.peer.frame(
    ({ type, data }) => {
      const notify = type === 'notify' ? Notify.safeParse(data).data : undefined;
      if (notify?.method !== 'resources') return undefined;
      const piece = NOTIFICATIONS.resources.safeParse(notify.params);
      if (piece.success) pieces.push(piece.data.resources);
      return pieces.flat().length >= count ? true : undefined;
    },
    count > 0 ? REST_LIMIT_MS : 0,
  );
  return pieces;
}
