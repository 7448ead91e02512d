import { describe, expect, test } from 'vitest';
import { connectedHost, fixture, journalOf, release } from './host-test.ts';

const failure = (code: string, message: unknown = expect.any(String)): object => ({
  ok: false,
  error: { code, message, retryable: false },
});
const success = (result: unknown): object => expect.objectContaining({ ok: true, result });

describe('a host answers the calls of the daemon', () => {
  test('from startup to close', async () => {
    const { player } = await connectedHost();
    expect(await player.result('startup', { types: ['scripted'] })).toEqual({
      resourceTypes: ['reporting', 'scripted'],
    });
    expect(await player.open('web-1', 'scripted', { number: 5 })).toEqual({ found: 'nothing' });
    expect(await player.online('web-1', 7, { number: 6 })).toEqual(success({ contract: 'event', eventHandle: player.eventHandle }));
    const at = { resourceId: 'web-1', incarnation: 7 };
    expect(await player.result('looksAlive', at)).toEqual({ alive: true });
    expect(await player.result('isAlive', at)).toEqual({ alive: true });
    expect(await player.result('resourceControl', { resourceId: 'web-1', code: 'state' })).toEqual({
      output: { opened: 'web-1', onlines: 1, number: 6 },
    });
    expect(await player.offline('web-1', 7)).toEqual(success({}));
    expect(await player.result('ping', {})).toEqual({});
    expect(await player.result('close', { resourceId: 'web-1' })).toEqual({});
    expect(await journalOf(player)).toEqual([
      'startup',
      'open web-1',
      'online web-1@7 #1',
      'online of web-1 done',
      'offline web-1@7',
      'signal of web-1@7',
      'close web-1',
    ]);
    expect(await player.call('isAlive', at)).toMatchObject(failure('unknownResource'));
    // What is not open here is terminated and closed already.
    expect(await player.call('terminate', { ...at, cause: 'administrator', reason: 'it is over' })).toEqual(success({}));
    expect(await player.call('close', { resourceId: 'web-1' })).toEqual(success({}));
  });

  test('and a poll contract carries the intervals', async () => {
    const { player } = await connectedHost();
    await player.open('web-1', 'scripted');
    expect(await player.online('web-1', 1, { online: 'poll' })).toEqual(
      success({ contract: 'poll', looksAliveMs: 1_000, isAliveMs: 2_000 }),
    );
  });

  test('open with recover may find the resource running', async () => {
    const { player } = await connectedHost();
    expect(await player.open('found-1', 'scripted', {}, true)).toEqual({ found: 'running' });
    expect(await player.call('close', { resourceId: 'found-1' })).toMatchObject(failure('invalidState'));
    expect(await player.terminate('found-1', 3)).toEqual(success({}));
    expect(await journalOf(player)).toEqual(['open found-1 recover', 'terminate found-1']);
  });

  test('repeats of an operation id are answered from memory', async () => {
    const { player } = await connectedHost();
    await player.open('web-1', 'scripted', {});
    const first = await player.online('web-1', 1);
    expect(await player.online('web-1', 1)).toEqual(first);
    await player.terminate('web-1', 1);
    expect(await player.terminate('web-1', 1)).toEqual(success({}));
    const journal = await journalOf(player);
    expect(journal.filter((line) => line.startsWith('online web-1'))).toHaveLength(1);
    expect(journal.filter((line) => line.startsWith('terminate'))).toHaveLength(1);
  });

  test('older incarnations are stale, and wrong states are refused', async () => {
    const { player } = await connectedHost();
    await player.open('web-1', 'scripted');
    await player.online('web-1', 5);
    expect(await player.offline('web-1', 4)).toMatchObject(failure('staleIncarnation'));
    expect(await player.terminate('web-1', 4)).toMatchObject(failure('staleIncarnation'));
    expect(await player.online('web-1', 4)).toMatchObject(failure('staleIncarnation'));
    expect(await player.online('web-1', 6)).toMatchObject(failure('invalidState', expect.stringContaining('terminate it first')));
    expect(await player.call('isAlive', { resourceId: 'web-1', incarnation: 4 })).toMatchObject(failure('staleIncarnation'));
    expect(await player.call('open', { resourceId: 'web-1', type: 'scripted', properties: {}, recover: false })).toMatchObject(
      failure('invalidState'),
    );
    await player.terminate('web-1', 5);
    expect(await player.online('web-1', 5)).toMatchObject({ ok: true });
    expect(await player.online('web-1', 6)).toMatchObject({ ok: true });
  });

  test('what cannot be understood is refused by name', async () => {
    const { player } = await connectedHost();
    await player.open('web-1', 'scripted');
    expect(await player.online('web-2', 1)).toMatchObject(failure('unknownResource', expect.stringContaining('web-2')));
    expect(await player.call('dance', {})).toMatchObject(failure('notSupported'));
    expect(await player.call('constructor', {})).toMatchObject(failure('notSupported'));
    expect(await player.call('online', { resourceId: 'web-1' })).toMatchObject(failure('invalidParams'));
    expect(await player.call('startup', { types: ['nothing'] })).toMatchObject(
      failure('invalidParams', expect.stringContaining('"scripted"')),
    );
    const badNumber = {
      resourceId: 'web-2',
      type: 'scripted',
      properties: { number: 1, numbr: 4 },
      recover: false,
    };
    expect(await player.call('open', badNumber)).toMatchObject(
      failure('invalidParams', expect.stringMatching(/number: Too small.*Unrecognized key: "numbr"/)),
    );
    expect(await player.online('web-1', 1, { online: 'never' })).toMatchObject(failure('invalidParams'));
  });

  test('a JSON Schema validates as well as zod', async () => {
    const { player } = await connectedHost(fixture('serial.ts'));
    await player.open('a', 'also-serial', { port: 1 });
    const open = { resourceId: 'b', type: 'also-serial', properties: { port: 0 }, recover: false };
    expect(await player.call('open', open)).toMatchObject(failure('invalidParams', expect.stringContaining('port')));
  });

  test('an author who throws answers that call and nothing more', async () => {
    const { player } = await connectedHost();
    await player.open('web-1', 'scripted');
    expect(await player.online('web-1', 1, { online: 'throw' })).toMatchObject(failure('failed', 'the disk is missing'));
    await player.terminate('web-1', 1);
    await player.online('web-1', 3, { isAlive: 'throw', offline: 'throw', terminate: 'throw' });
    const at = { resourceId: 'web-1', incarnation: 3 };
    expect(await player.call('isAlive', at)).toMatchObject(failure('failed', 'the check broke'));
    expect(await player.offline('web-1', 3)).toMatchObject(failure('failed', 'will not stop'));
    expect(await player.terminate('web-1', 3)).toMatchObject(failure('failed', 'cannot be killed'));
    expect(await player.call('resourceControl', { resourceId: 'web-1', code: 'nonsense' })).toMatchObject(failure('notSupported'));
    expect(await player.call('resourceControl', { resourceId: 'web-1', code: 'long' })).toMatchObject(
      failure('failed', expect.stringContaining('the limit is')),
    );
    expect(await player.result('ping', {})).toEqual({});
  });

  test('an answer that is none is an error that says what to write', async () => {
    const { player } = await connectedHost(fixture('careless.js'));
    await player.open('a', 'careless');
    expect(await player.online('a', 1)).toMatchObject(
      failure('failed', expect.stringContaining('online must return event() or poll({…})')),
    );
    expect(await player.call('isAlive', { resourceId: 'a', incarnation: 1 })).toMatchObject(
      failure('failed', expect.stringContaining('return true, false or {alive, reason}')),
    );
  });

  test('no entry point finds the token', async () => {
    const { player } = await connectedHost();
    expect(await player.result('resourceTypeControl', { type: 'scripted', code: 'token' })).toEqual({
      output: null,
    });
  });

  test('a control call may ask for more time, set values and log', async () => {
    const { player } = await connectedHost();
    await player.open('web-1', 'scripted');
    const control = (code: string, input: unknown, id?: string): Promise<unknown> =>
      player.result('resourceControl', { resourceId: 'web-1', code, input }, id);
    expect(await control('extend', 5_000, 'my-control')).toEqual({ output: true });
    expect(await player.requests.take()).toMatchObject({
      method: 'extendControl',
      params: { callId: 'my-control', ms: 5_000 },
    });
    await control('setProperties', 'fine');
    expect(await player.requests.take()).toMatchObject({
      method: 'setProperties',
      params: { resourceId: 'web-1', statusText: 'fine', data1: 7 },
    });
    await control('log', 'x'.repeat(2_000));
    expect(await player.notifications.take()).toEqual({
      method: 'log',
      params: { level: 'warn', text: 'x'.repeat(1_024), resourceId: 'web-1' },
    });
  });

  test('cancel aborts the signal of a control, and the answer is cancelled', async () => {
    const { player } = await connectedHost();
    await player.open('web-1', 'scripted');
    const id = player.post('resourceControl', { resourceId: 'web-1', code: 'hang' });
    player.send('notify', { method: 'cancel', params: { id, reason: 'too slow' } });
    expect(await player.answer(id)).toMatchObject(failure('cancelled'));
  });
});

describe('calls wait for their turn', () => {
  test('one at a time for a resource, and side by side for several', async () => {
    const { player } = await connectedHost();
    await player.open('a', 'scripted', {});
    await player.open('b', 'scripted', {});
    await player.online('a', 1, { isAlive: 'gate' });
    await player.online('b', 1, {});
    const slow = player.post('isAlive', { resourceId: 'a', incarnation: 1 });
    const queued = player.post('looksAlive', { resourceId: 'a', incarnation: 1 });
    expect(await player.result('isAlive', { resourceId: 'b', incarnation: 1 })).toEqual({ alive: true });
    expect(player.responses.peek()).toEqual([]);
    await release(player, 'isAlive a');
    expect(await player.answer(slow)).toMatchObject({ ok: true });
    expect(await player.answer(queued)).toMatchObject({ ok: true });
  });

  test('in a serial host a pending online leaves its place to 50 others', async () => {
    const { player } = await connectedHost(fixture('serial.ts'));
    const names = Array.from({ length: 50 }, (_, index) => `web-${index}`);
    await player.open('slow', 'scripted');
    for (const name of names) await player.open(name, 'scripted');
    expect(await player.online('slow', 1, { online: 'gate' })).toEqual(success({ pending: true }));
    const answers = await Promise.all(names.map((name) => player.online(name, 1)));
    expect(answers.every((answer) => answer.ok)).toBe(true);
    expect(player.requests.peek((request) => request.method === 'statusReport')).toEqual([]);
    await release(player, 'online slow');
    expect(await player.statusReport('online')).toMatchObject({ operationId: 'slow@1/online' });
  });

  test('in a serial host terminate overlaps a running call and goes before all that wait', async () => {
    const { player } = await connectedHost(fixture('serial.ts'));
    for (const name of ['a', 'b', 'c']) await player.open(name, 'scripted');
    await player.online('a', 1, { isAlive: 'gate' });
    await player.online('b', 1);
    const held = player.post('isAlive', { resourceId: 'a', incarnation: 1 });
    const waiting = player.post('online', player.onlineParams('c', 1));
    expect(await player.terminate('b', 1)).toEqual(success({}));
    expect(player.responses.peek()).toEqual([]);
    expect(await player.terminate('a', 1)).toEqual(success({}));
    expect(await player.answer(held)).toMatchObject(failure('cancelled'));
    expect(await player.answer(waiting)).toMatchObject({ ok: true });
  });
});
