import { type HostedResource, MAX_HELLO_RESOURCES_BYTES, NOTIFICATIONS, Notify } from '@andon/protocol';
import type { Play, Scenario } from '../scenario.ts';
import { expects } from '../violation.ts';

/** As long as a name may be, so that fewer of them fill a hello. */
const NAME_LENGTH = 128;
/** Enough for more than one frame of resources, however short a host writes them. */
const MANY = 1_600;
const OPENING_LIMIT_MS = 8_000;
const REST_LIMIT_MS = 2_000;

/** A hello that is too long for one frame. */
export const manyResources: Scenario = {
  name: 'many resources',
  checks: [
    {
      rule: 'H-4',
      expected: 'resources of more than 256 KiB told in pieces: resourceCount in the hello, the rest in `resources` notifications',
      hint: 'Cut the list into pieces of at most 262,144 bytes of JSON; the first goes into the hello.',
    },
  ],
  async play(play) {
    await play.daemon.begin();
    await hellosOfMany(play);
  },
};

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
