import { MAX_FRAME_BYTES } from '@andon/protocol';
import { answerWords } from '../conversation.ts';
import { frameText } from '../peer.ts';
import type { Play, Scenario } from '../scenario.ts';
import { expects } from '../violation.ts';

const LARGEST_INCARNATION = 4_294_967_295;
/** What no host knows, at whatever depth it stands. */
const UNKNOWN = { weather: { wind: [1, { gusts: true }], rain: null }, 'é😀': 'ü' };

/** Frames as the protocol allows them, in every shape that a stream can give them. */
export const framing: Scenario = {
  name: 'frames',
  checks: [
    {
      rule: 'F-1',
      expected: 'answers to requests that come byte by byte, joined, with white space, and cut within a character',
      hint: 'Collect bytes up to 0x0C and decode the whole frame; a read may bring half a character or three frames.',
    },
    {
      rule: 'F-2',
      expected: 'an answer to a request of 1,048,576 bytes, and no longer frame from the host',
      hint: 'The limit is that of the frame, not of one read.',
    },
    {
      rule: 'F-4',
      expected: 'members that nobody knows change nothing: in the welcome, in a frame, in its data, in its params',
      hint: 'Read the members that you know and leave the others alone; a strict parser has to be told so.',
    },
    {
      rule: 'F-5',
      expected: 'frames of an unknown type and notifications of an unknown method change nothing',
      hint: 'End the list of what you know with "ignore", not with an error.',
    },
    {
      rule: 'F-8',
      expected: `incarnation ${LARGEST_INCARNATION} comes back exactly`,
      hint: 'Incarnations need 32 bits without a sign.',
    },
  ],
  async play(play) {
    await play.stage.startHost();
    await play.daemon.meet();
    await play.trial('F-4', () => unknownMembers(play));
    await play.trial('F-1', async () => {
      for (const shape of SHAPES) await answersTo(play, shape);
      return `answered: ${SHAPES.map(({ name }) => name).join(', ')}`;
    });
    await play.trial('F-2', () => largeFrame(play));
    await play.trial('F-5', () => unknownFrames(play));
    await play.trial('F-8', () => largestIncarnation(play));
  },
};

interface Shape {
  readonly name: string;
  send(play: Play, text: string): Promise<void>;
}

/** Ways in which the bytes of one request can arrive. */
const SHAPES: readonly Shape[] = [
  { name: 'byte by byte', send: ({ daemon }, text) => daemon.peer.sendPieces(text, 1) },
  { name: 'in pieces of 7 bytes', send: ({ daemon }, text) => daemon.peer.sendPieces(text, 7) },
  {
    name: 'with white space',
    send: async ({ daemon }, text) => daemon.peer.sendText(`\n ${JSON.stringify(JSON.parse(text.slice(0, -1)), null, '\t')}\r\n\f`),
  },
  {
    name: 'with escapes',
    send: async ({ daemon }, text) =>
      daemon.peer.sendText(text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)),
  },
  {
    name: 'joined with others',
    send: async ({ daemon }, text) => daemon.peer.sendText(`${unknownNotification('before')}${text}${unknownNotification('after')}`),
  },
];

async function answersTo(play: Play, { name, send }: Shape): Promise<void> {
  // Ids are opaque: this one needs two, three and four bytes for a character.
  const { id, text } = play.daemon.request('ping', {}, { id: `ü€😀 ${name}` });
  await send(play, text);
  await play.daemon.answer(id, `a ping ${name}`);
}

async function largeFrame({ daemon }: Play): Promise<string> {
  const { id } = daemon.request('ping', {}, { id: 'large' });
  const envelope = frameText('request', { id, method: 'ping', params: {}, padding: '' });
  const padding = 'x'.repeat(MAX_FRAME_BYTES + 1 - envelope.length);
  daemon.peer.sendText(frameText('request', { id, method: 'ping', params: {}, padding }));
  await daemon.answer(id, `a request of ${MAX_FRAME_BYTES} bytes`);
  return `a request of ${MAX_FRAME_BYTES} bytes was answered`;
}

async function unknownFrames({ daemon, stage }: Play): Promise<string> {
  const mark = stage.journal.mark;
  daemon.peer.send('weather', { wind: 4 });
  daemon.peer.sendText(unknownNotification('between'));
  await daemon.call('ping', {});
  const frames = stage.journal.since(mark).flatMap((entry) => (entry.kind === 'received' ? [entry.frame] : []));
  const complaint = frames.find(({ type }) => type === 'response' || type === 'goodbye');
  expects(
    frames.filter(({ type }) => type === 'response').length === 1,
    `an answer to what was none of its business: ${complaint?.text ?? ''}`,
  );
  return 'a ping behind them was answered';
}

async function unknownMembers({ daemon }: Play): Promise<string> {
  daemon.welcome({ unknown: UNKNOWN });
  await daemon.startup();
  const { id, text } = daemon.request('ping', UNKNOWN);
  // In front of the members that count, at the depth of the frame and at that of its data.
  const [beginning = '', ...rest] = text.split('{');
  const unknown = JSON.stringify(UNKNOWN).slice(1, -1);
  daemon.peer.sendText(`${beginning}{${unknown},${rest.join('{').replace('"data":{', `"data":{${unknown},`)}`);
  const response = await daemon.answer(id, 'a ping with unknown members');
  expects(response.ok, `a ping with unknown members was answered ${answerWords(response)}`);
  await daemon.succeed('open', { ...daemon.openParams('check-1'), ...UNKNOWN });
  await daemon.online('check-1');
  daemon.peer.sendText(frameText('notify', { method: 'cancel', params: { id: 'nobody-waits', reason: 'a test', ...UNKNOWN }, ...UNKNOWN }));
  await daemon.drop('check-1');
  return 'the welcome and four calls with them were taken as without';
}

async function largestIncarnation({ daemon }: Play): Promise<string> {
  await daemon.open('check-2');
  await daemon.online('check-2', { incarnation: LARGEST_INCARNATION, rule: 'F-8' });
  const response = await daemon.alive('isAlive', 'check-2');
  expects(response.ok, `isAlive of ${LARGEST_INCARNATION} was answered ${answerWords(response)}`);
  const { resources } = await daemon.replace();
  const told = resources.find((resource) => resource.id === 'check-2')?.incarnation;
  expects(told === LARGEST_INCARNATION, `incarnation ${told ?? 'missing'} in the hello after a reconnection`);
  await daemon.drop('check-2');
  return `incarnation ${told} in calls and in the hello`;
}

function unknownNotification(word: string): string {
  return frameText('notify', { method: 'weatherChanged', params: { word } });
}
