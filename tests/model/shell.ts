import { CallOrder, type Release } from '../../daemon/src/core/call-order.ts';
import type { Effect } from '../../daemon/src/core/life-cycle/effects.ts';
import type { LifeEvent } from '../../daemon/src/core/life-cycle/events.ts';
import type { Phase } from '../../daemon/src/core/life-cycle/phases.ts';
import type { Row } from '../../daemon/src/core/life-cycle/row.ts';
import { transition } from '../../daemon/src/core/life-cycle/transition.ts';
import { receive, RESOURCE } from './host-model.ts';
import { bookkeeping } from './bookkeeping.ts';
import type { Variant } from './variants.ts';
import type { Seen, Sending, ShellCall, World } from './world.ts';

export type Table = Readonly<Record<Phase, Row>>;

/** What a search is about: the policy, the order of calls, and the table, which may be damaged on purpose. */
export interface Setting {
  readonly variant: Variant;
  readonly table: Table;
  /** The order that several instances share; without it each search step has its own. */
  readonly shared?: SharedOrder;
}

export interface SharedOrder {
  offer(call: ShellCall): Release<ShellCall>;
  /** Sends what this answer releases, to whomever it belongs; answers what of `world` is other than before. */
  completed(world: World, call: ShellCall, sendings: Sending[]): Partial<World>;
}

export type Draft = { -readonly [K in keyof World]: World[K] };

/** What the shell does with one event: the transition, then its effects in order. `side`: what changed outside beforehand. */
export function deliver(before: World, event: LifeEvent, setting: Setting, side: Partial<World> = {}, sent: readonly Sending[] = []): Seen {
  const start: World = { ...before, ...side };
  const { instance, effects } = transition(start.instance, event, setting.variant.policy, setting.table);
  const draft: Draft = { ...start, instance };
  const sendings: Sending[] = [...sent];
  for (const effect of effects) perform(draft, effect, setting, sendings);
  bookkeeping(draft, start, event, effects);
  return { before: start, event, effects, sendings, after: draft };
}

function perform(draft: Draft, effect: Effect, setting: Setting, sendings: Sending[]): void {
  switch (effect.kind) {
    case 'call':
      // Without a connection nothing can be sent: the hello that follows makes the life cycle ask again.
      if (draft.connected) offer(draft, callOf(draft, effect), setting, sendings);
      return;
    case 'arm':
      draft.timers = [...without(draft, effect.timer), { name: effect.timer, epoch: draft.instance.epoch }];
      return;
    case 'disarm':
      draft.timers = without(draft, effect.timer);
      return;
    case 'disarmAll':
      draft.timers = [];
      return;
    case 'needHost':
      draft.wantsHost = true;
      return;
    case 'removed':
      draft.gone = true;
      return;
    case 'beginIncarnation':
    case 'publish':
    case 'answer':
    case 'reject':
    case 'dropRecord':
    case 'dismissRecord':
    case 'refuse':
  }
}

function without(draft: Draft, name: string) {
  return draft.timers.filter((timer) => timer.name !== name);
}

function callOf(draft: Draft, effect: Extract<Effect, { kind: 'call' }>): ShellCall {
  const { method, callId: id, incarnation } = effect;
  return {
    resource: RESOURCE,
    id,
    method,
    incarnation,
    recover: method === 'open' && draft.instance.recover,
    sent: false,
  };
}

function offer(draft: Draft, call: ShellCall, setting: Setting, sendings: Sending[]): void {
  const { send, dropped } = (setting.shared ?? orderOf(draft.calls, setting)).offer(call);
  draft.calls = [...draft.calls.filter((known) => !dropped.some((gone) => gone.id === known.id)), call];
  for (const released of send) dispatch(draft, released, sendings);
}

export function dispatch(draft: Draft, call: ShellCall, sendings: Sending[]): void {
  sendings.push({
    call,
    inFlight: draft.calls.filter((known) => known.sent),
    host: draft.host,
    running: draft.running,
  });
  draft.calls = draft.calls.map((known) => (known === call ? { ...call, sent: true } : known));
  const { host, running } = receive(draft, call);
  draft.host = host;
  draft.running = running;
}

/** The answer of a call has arrived: what waited behind it may go. */
export function completed(
  world: World,
  call: ShellCall,
  setting: Setting,
): { readonly side: Partial<World>; readonly sendings: readonly Sending[] } {
  const sendings: Sending[] = [];
  if (setting.shared) return { side: setting.shared.completed(world, call, sendings), sendings };
  const { send } = orderOf(world.calls, setting).completed(call);
  const draft: Draft = { ...world, calls: world.calls.filter((known) => known !== call) };
  for (const released of send) dispatch(draft, released, sendings);
  return { side: { calls: draft.calls, host: draft.host, running: draft.running }, sendings };
}

/** The real order of calls, brought to where it stands by the calls that stand in it. */
function orderOf(calls: readonly ShellCall[], setting: Setting): CallOrder<ShellCall> {
  const order = new CallOrder<ShellCall>(setting.variant.concurrency);
  const rank = (call: ShellCall): number => (call.method === 'terminate' ? 1 : call.sent ? 0 : 2);
  for (const call of [...calls].sort((a, b) => rank(a) - rank(b))) {
    const sentNow = order.offer(call).send.includes(call);
    if (sentNow !== call.sent) throw new Error(`the order of calls cannot stand like this: ${JSON.stringify(calls)}`);
  }
  return order;
}
