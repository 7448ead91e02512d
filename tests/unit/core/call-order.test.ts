import { type EntryPoint, MAX_IN_FLIGHT } from '@andon/protocol';
import { describe, expect, test } from 'vitest';
import { CallOrder, type OrderedCall } from '../../../daemon/src/core/call-order.ts';

const call = (method: EntryPoint, resource: string | null = 'a'): OrderedCall => ({ resource, method });

describe('a serial host', () => {
  test('S35: gets one call at a time, the others in the order of asking, whoever they are for', () => {
    const order = new CallOrder('serial');
    const calls = [call('online'), call('online', 'b'), call('isAlive', 'c'), call('resourceControl', 'a')];
    expect(order.offer(calls[0]!).send).toEqual([calls[0]]);
    for (const waiting of calls.slice(1)) expect(order.offer(waiting)).toEqual({ send: [], dropped: [] });
    for (const [place, running] of calls.entries()) expect(order.completed(running).send).toEqual(calls.slice(place + 1, place + 2));
    expect(order.isIdle).toBe(true);
  });

  test.each(['online', 'offline', 'isAlive', 'looksAlive', 'resourceControl', 'resourceTypeControl', 'ping'] as const)(
    'S35: terminate overtakes a running %s, of its own resource and of another',
    (method) => {
      for (const resource of ['a', 'b']) {
        const order = new CallOrder('serial');
        order.offer(call(method, resource));
        const terminate = call('terminate');
        expect(order.offer(terminate).send).toEqual([terminate]);
      }
    },
  );

  test.each(['startup', 'open', 'close'] as const)('S36: terminate waits for a running %s and goes before everything queued', (method) => {
    const order = new CallOrder('serial');
    const running = call(method, method === 'startup' ? null : 'b');
    const [queued, terminate] = [call('online', 'c'), call('terminate')];
    order.offer(running);
    order.offer(queued);
    expect(order.offer(terminate).send).toEqual([]);
    expect(order.completed(running).send).toEqual([terminate, queued]);
  });

  test.each(['startup', 'open', 'close'] as const)('S36: %s waits for every terminate that is unanswered', (method) => {
    const order = new CallOrder('serial');
    const terminates = [call('terminate', 'a'), call('terminate', 'b')];
    for (const terminate of terminates) order.offer(terminate);
    const exclusive = call(method, method === 'startup' ? null : 'c');
    expect(order.offer(exclusive).send).toEqual([]);
    expect(order.completed(terminates[0]!).send).toEqual([]);
    expect(order.completed(terminates[1]!).send).toEqual([exclusive]);
  });

  test('S36: a call that may overlap terminate does not wait for it', () => {
    const order = new CallOrder('serial');
    order.offer(call('terminate', 'a'));
    const online = call('online', 'b');
    expect(order.offer(online).send).toEqual([online]);
  });

  test('S36: a queued open does not slip past a terminate that waits with it', () => {
    const order = new CallOrder('serial');
    const [opening, queued, terminate] = [call('open', 'b'), call('open', 'c'), call('terminate', 'a')];
    order.offer(opening);
    order.offer(queued);
    order.offer(terminate);
    expect(order.completed(opening).send).toEqual([terminate]);
    expect(order.completed(terminate).send).toEqual([queued]);
  });

  test('S37: terminate drops what waits for its own resource, and nothing of others', () => {
    const order = new CallOrder('serial');
    const [running, own, other, another] = [call('isAlive', 'b'), call('isAlive'), call('isAlive', 'c'), call('online')];
    for (const offered of [running, own, other, another]) order.offer(offered);
    expect(order.offer(call('terminate')).dropped).toEqual([own, another]);
    expect(order.completed(running).send).toEqual([other]);
  });

  test('S2: startup comes before the opens that wait behind it, as often as it is asked', () => {
    const order = new CallOrder('serial');
    const calls = [call('startup', null), call('open'), call('startup', null), call('open', 'b')];
    const sent = calls.flatMap((offered) => order.offer(offered).send);
    for (const running of calls) sent.push(...order.completed(running).send);
    expect(sent).toEqual(calls);
  });
});

describe('a host that takes calls for each resource', () => {
  test('S35: orders the calls of one resource and lets others pass', () => {
    const order = new CallOrder('perResource');
    const [first, second, other] = [call('online'), call('isAlive'), call('online', 'b')];
    expect(order.offer(first).send).toEqual([first]);
    expect(order.offer(second).send).toEqual([]);
    expect(order.offer(other).send).toEqual([other]);
    expect(order.completed(first).send).toEqual([second]);
  });

  test('S36: terminate waits for an open of its own resource only', () => {
    const order = new CallOrder('perResource');
    order.offer(call('open'));
    expect(order.offer(call('terminate')).send).toEqual([]);
    expect(order.offer(call('terminate', 'b')).send).toHaveLength(1);
  });

  test('S35, D2: at most 64 calls are in flight, and the ones that starve go on as others end', () => {
    const order = new CallOrder('perResource');
    const calls = Array.from({ length: MAX_IN_FLIGHT + 3 }, (_, place) => call('online', `r${place}`));
    const sent = calls.flatMap((offered) => order.offer(offered).send);
    expect(sent).toEqual(calls.slice(0, MAX_IN_FLIGHT));
    expect(order.completed(calls[7]!).send).toEqual([calls[MAX_IN_FLIGHT]]);
    expect(order.completed(calls[MAX_IN_FLIGHT]!).send).toEqual([calls[MAX_IN_FLIGHT + 1]]);
    expect(order.completed(calls[0]!).send).toEqual([calls[MAX_IN_FLIGHT + 2]]);
    expect(order.completed(calls[1]!).send).toEqual([]);
  });

  test('S32, D2: terminates do not count: 10,000 of them leave at once, past a full host', () => {
    const order = new CallOrder('perResource');
    for (let place = 0; place < MAX_IN_FLIGHT; place++) order.offer(call('online', `r${place}`));
    const terminates = Array.from({ length: 10_000 }, (_, place) => call('terminate', `r${place}`));
    expect(terminates.flatMap((offered) => order.offer(offered).send)).toEqual(terminates);
  });

  test('S35: a starving call that a terminate made pointless is not sent later', () => {
    const order = new CallOrder('perResource');
    const running = Array.from({ length: MAX_IN_FLIGHT }, (_, place) => call('online', `r${place}`));
    for (const offered of running) order.offer(offered);
    const [starving, terminate] = [call('online', 'z'), call('terminate', 'z')];
    order.offer(starving);
    expect(order.offer(terminate)).toEqual({ send: [terminate], dropped: [starving] });
    expect(order.completed(terminate).send).toEqual([]);
    expect(order.completed(running[0]!).send).toEqual([]);
  });

  test('S35: a lane that starved, ended and came back starves no other', () => {
    const order = new CallOrder('perResource');
    const running = Array.from({ length: MAX_IN_FLIGHT }, (_, place) => call('online', `r${place}`));
    for (const offered of running) order.offer(offered);
    const dropped = call('online', 'z');
    const terminate = call('terminate', 'z');
    order.offer(dropped);
    order.offer(terminate);
    order.completed(terminate);
    const [again, other] = [call('online', 'z'), call('online', 'y')];
    order.offer(again);
    order.offer(other);
    const sent = running.flatMap((ended) => order.completed(ended).send);
    expect(sent).toEqual([again, other]);
    order.completed(again);
    order.completed(other);
    expect(order.isIdle).toBe(true);
  });
});

describe('what is answered', () => {
  test('S37: twice, or was never sent, moves nothing', () => {
    const order = new CallOrder('serial');
    const [running, waiting] = [call('online'), call('isAlive', 'b')];
    order.offer(running);
    order.offer(waiting);
    expect(order.completed(waiting).send).toEqual([]);
    expect(order.completed(call('isAlive', 'c')).send).toEqual([]);
    expect(order.completed(running).send).toEqual([waiting]);
    expect(order.completed(running).send).toEqual([]);
    expect(order.completed(waiting).send).toEqual([]);
    expect(order.isIdle).toBe(true);
  });

  test('S37: a second answer to a terminate does not let an open overlap another terminate', () => {
    const order = new CallOrder('serial');
    const [first, second, open] = [call('terminate'), call('terminate', 'b'), call('open', 'c')];
    for (const offered of [first, second, open]) order.offer(offered);
    order.completed(first);
    expect(order.completed(first).send).toEqual([]);
    expect(order.completed(second).send).toEqual([open]);
  });

  test('S41: nothing, once the host is gone: what comes after begins anew', () => {
    const order = new CallOrder('serial');
    const lost = call('open');
    order.offer(lost);
    order.offer(call('terminate'));
    order.clear();
    expect(order.isIdle).toBe(true);
    expect(order.completed(lost).send).toEqual([]);
    const next = call('open');
    expect(order.offer(next).send).toEqual([next]);
  });
});
