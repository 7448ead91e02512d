import { expect, test } from 'vitest';
import { CallTable, type HostCall } from '../../../../daemon/src/shell/hosts/call-table.ts';
import { Heartbeat } from '../../../../daemon/src/shell/hosts/heartbeat.ts';
import type { Clock, Timer } from '../../../../daemon/src/ports/index.ts';

/** Time that passes only when a test says so. */
class HandClock implements Clock {
  #nowMs = 0;
  readonly #timers = new Set<{ readonly atMs: number; readonly action: () => void }>();

  wallMs(): number {
    return this.#nowMs;
  }
  monotonicMs(): number {
    return this.#nowMs;
  }
  after(ms: number, action: () => void): Timer {
    const timer = { atMs: this.#nowMs + ms, action };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }
  afterReading(action: () => void): void {
    this.after(0, action);
  }

  pass(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const due = [...this.#timers].filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (!due) break;
      this.#timers.delete(due);
      this.#nowMs = due.atMs;
      due.action();
    }
    this.#nowMs = untilMs;
  }
}

/** A host at the other end of a connection; `sent` holds the ids of what it was asked. */
function beating(intervalMs: number) {
  const clock = new HandClock();
  const sent: string[] = [];
  const expired: HostCall[] = [];
  const calls: CallTable = new CallTable(clock, {
    deadlineExpired: (call) => {
      if (!heartbeat.forgives(call.id)) expired.push(call);
    },
    answered: () => undefined,
    strayResponse: () => undefined,
  });
  let ids = 0;
  const heartbeat: Heartbeat = new Heartbeat(clock, calls, intervalMs, () => `ping-${++ids}`);
  const send = (_type: string, data: unknown): void => {
    sent.push((data as { id: string }).id);
  };
  calls.attach(
    { send, sendText: () => undefined, end: () => undefined, destroy: () => undefined, backlogBytes: 0, closed: false },
    'serial',
  );
  heartbeat.start();
  return { clock, sent, expired, calls };
}

test('S39: a ping that is answered is followed by the next one after the interval', () => {
  const { clock, sent, calls } = beating(1_000);
  clock.pass(1_000);
  expect(sent).toEqual(['ping-1']);
  clock.pass(500);
  calls.respond({ id: 'ping-1', ok: true, result: {} });
  clock.pass(1_000);
  expect(sent).toEqual(['ping-1', 'ping-2']);
});

test('S39: a ping without an answer is sent once more under its id, and only then ends the host', () => {
  const { clock, sent, expired } = beating(1_000);
  clock.pass(11_000);
  expect(sent).toEqual(['ping-1', 'ping-1']);
  expect(expired).toEqual([]);
  clock.pass(10_000);
  expect(sent).toEqual(['ping-1', 'ping-1']);
  expect(expired.map(({ method, resource }) => ({ method, resource }))).toEqual([{ method: 'ping', resource: null }]);
});

test('S39: an answer to the second ping forgives the first, and the next one has two attempts again', () => {
  const { clock, sent, expired, calls } = beating(1_000);
  clock.pass(12_000);
  calls.respond({ id: 'ping-1', ok: true, result: {} });
  clock.pass(11_000);
  expect(sent).toEqual(['ping-1', 'ping-1', 'ping-2', 'ping-2']);
  expect(expired).toEqual([]);
});

test('S39: no ping while another call is in flight, none after "notSupported", none when it is off', () => {
  const busy = beating(1_000);
  busy.calls.send({
    id: 'online',
    resource: 'web',
    method: 'online',
    params: {},
    limitMs: 60_000,
    answered: () => undefined,
  });
  busy.clock.pass(10_000);
  expect(busy.sent).toEqual(['online']);
  const unsupported = beating(1_000);
  unsupported.clock.pass(1_000);
  unsupported.calls.respond({
    id: 'ping-1',
    ok: false,
    error: { code: 'notSupported', message: '', retryable: false },
  });
  unsupported.clock.pass(100_000);
  expect(unsupported.sent).toEqual(['ping-1']);
  const off = beating(0);
  off.clock.pass(100_000);
  expect(off.sent).toEqual([]);
});
