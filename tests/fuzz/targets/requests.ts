import assert from 'node:assert/strict';
import { Configuration, CONTROL, FRAME_END } from '@andon/protocol';
import fc from 'fast-check';
import { bytesOf, type FuzzTarget, textOf } from '../target.ts';
import { DaemonUnderFuzz, type Frame } from './daemon-under-fuzz.ts';

interface Asked {
  readonly method: string;
  readonly params?: unknown;
}

const daemon = new DaemonUnderFuzz();
const WORDS = [
  '',
  ' ',
  '[web]',
  '[web] and ([db] or [a])',
  '__proto__',
  'constructor',
  'toString',
  '\ud800',
  'ä\0',
  'n'.repeat(129),
  'x'.repeat(600_000),
];
const name = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('web', 'db', 'a', 'shop') },
  { weight: 1, arbitrary: fc.constantFrom(...WORDS) },
);
const junk = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constantFrom(...WORDS, 1e308, -0, 2 ** 53, null));
const type = fc.record(
  {
    name: fc.constantFrom('ghost', 'spirit'),
    // Nothing that an input names is ever run.
    command: fc.constant(['/nonexistent/host']),
    jsonSchema: fc.constantFrom(
      {},
      { type: 'object', properties: { a: { type: 'string' } } },
      { type: 'nothing' },
      { $ref: '#' },
      { pattern: '(' },
    ),
  },
  { requiredKeys: ['name', 'command'] },
);
const resource = fc.record(
  {
    name,
    type: fc.constantFrom('ghost', 'spirit', 'generic-application'),
    group: name,
    dependsOn: fc.constantFrom('', ...WORDS, '[db]'),
    set: fc.dictionary(name, junk, { maxKeys: 2 }),
    properties: fc.constantFrom({}, { RestartDelay: 10 }, { RestartDelay: -1 }),
  },
  { requiredKeys: ['name', 'type'] },
);
const group = fc.record({ name });
const names = fc.array(name, { maxLength: 3 });
/** Every parameter that any request takes; a request takes those of its own, and now and then another's. */
const PARAMS = {
  name,
  names,
  type,
  resource,
  group: fc.oneof(name, group),
  host: name,
  set: fc.dictionary(name, junk, { maxKeys: 2 }),
  unset: names,
  properties: fc.dictionary(fc.constantFrom('RestartDelay', 'RestartThreshold', 'nothing'), junk, { maxKeys: 2 }),
  dependsOn: fc.constantFrom('', ...WORDS, '[db]', '[web] or [db]'),
  force: fc.boolean(),
  replace: fc.boolean(),
  dryRun: fc.boolean(),
  prune: fc.boolean(),
  clearHang: fc.boolean(),
  reason: junk,
  code: name,
  input: junk,
  afterSeq: fc.oneof(fc.integer(), junk),
  sinceMs: fc.nat(),
  limit: fc.integer({ min: -1, max: 1001 }),
  configuration: fc.record(
    {
      types: fc.array(type, { maxLength: 2 }),
      groups: fc.array(group, { maxLength: 2 }),
      resources: fc.array(resource, { maxLength: 3 }),
      online: names,
    },
    { requiredKeys: ['types', 'groups', 'resources'] },
  ),
};
// A daemon that ends as it is told to has no more inputs to answer.
const METHODS = Object.keys(CONTROL).filter((method) => method !== 'shutdown');

const isParam = (key: string): key is keyof typeof PARAMS => Object.hasOwn(PARAMS, key);
const paramsOf = (method: string): fc.Arbitrary<unknown> => {
  const shape = Object.entries(CONTROL).find(([known]) => known === method)?.[1].params.shape ?? {};
  const own = Object.fromEntries(
    Object.keys(shape)
      .filter(isParam)
      .map((key): [string, fc.Arbitrary<unknown>] => [key, PARAMS[key]]),
  );
  const wild = Object.fromEntries(Object.keys(own).map((key): [string, fc.Arbitrary<unknown>] => [key, junk]));
  return fc.oneof(
    { weight: 6, arbitrary: fc.record(own, { requiredKeys: Object.keys(own).filter((key) => key === 'name') }) },
    { weight: 1, arbitrary: fc.record(wild, { requiredKeys: [] }) },
    { weight: 1, arbitrary: junk },
  );
};
const request = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.constantFrom(...METHODS).chain((method) => fc.record({ method: fc.constant(method), params: paramsOf(method) })),
  },
  {
    weight: 1,
    arbitrary: fc.record({ method: fc.constantFrom('__proto__', 'constructor', 'toString', 'x'.repeat(300_000)), params: junk }),
  },
);

/** Requests of an administrator: exactly one answer each, never an error of the daemon's own, and a configuration that still reads. */
export const requests: FuzzTarget = {
  name: 'requests',
  seeds: [bytesOf('[{"method":"ping"}]')],
  arbitrary: () => fc.array(request, { minLength: 1, maxLength: 8 }).map((made) => bytesOf(JSON.stringify(made))),
  freshInTests: 40,
  async check(input) {
    const made: Asked[] = JSON.parse(textOf(input));
    const asked: Asked[] = [...made, { method: 'export' }];
    const frames = asked.map((one, id) => `${JSON.stringify({ type: 'request', data: { id: String(id + 1), ...one } })}${FRAME_END}`);
    const said = await daemon.said('control.sock', bytesOf(frames.join('')), (heard) => answersIn(heard).length >= asked.length);
    const answers = answersIn(said);
    const ids = answers.map(({ data }) => Number(data.id)).toSorted((a, b) => a - b);
    assert.deepEqual(
      ids,
      [...asked.keys()].map((id) => id + 1),
      'one answer for each request',
    );
    for (const { data } of answers)
      assert.notEqual(data.error?.code, 'internal', `${asked[Number(data.id) - 1]?.method}: ${data.error?.message}`);
    const exported = answers.find(({ data }) => data.id === String(asked.length))?.data;
    assert.ok(Configuration.safeParse(exported?.result).success, 'the configuration does not read any more');
    await daemon.isWell();
  },
  close: () => daemon.close(),
};

/** Whole answers; of one in pieces the last. */
function answersIn(frames: readonly Frame[]): readonly Frame[] {
  return frames.filter(({ type: kind, data }) => kind === 'response' && data.more !== true);
}
