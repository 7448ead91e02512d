import { CallOrder, type Release } from '../../daemon/src/core/call-order.ts';
import { TABLE } from '../../daemon/src/core/life-cycle/table.ts';
import { NO_HOST, NOW_MS, RESOURCE } from './host-model.ts';
import { INVARIANTS } from './invariants.ts';
import { type Move, movesOfInstance } from './moves.ts';
import { isSettled } from './settled.ts';
import { deliver, dispatch, type Draft, type Setting, type SharedOrder } from './shell.ts';
import type { Variant } from './variants.ts';
import { told } from './words.ts';
import { type Seen, type Sending, type ShellCall, START, type World } from './world.ts';

const EXCLUSIVE: ReadonlySet<string> = new Set(['startup', 'open', 'close']);
/** Good moves after which whoever is not at rest never will be. */
const PATIENCE = 2_000;

/** Several instances on one host that takes one call at a time. Throws, with all that happened, as soon as an invariant is broken. */
export class Fleet {
  readonly #variant: Variant;
  readonly #order: CallOrder<ShellCall>;
  readonly #worlds: World[];
  /** Every call that the order holds: as it was offered, and whose it is. */
  readonly #held = new Map<ShellCall, number>();
  readonly #flying = new Set<ShellCall>();
  readonly #trace: string[] = [];

  constructor(variant: Variant, size: number) {
    this.#variant = variant;
    this.#order = new CallOrder(variant.concurrency);
    this.#worlds = Array.from({ length: size }, () => START);
  }

  /** What happened so far, in words. */
  get trace(): readonly string[] {
    return this.#trace;
  }

  /** Lets one of the things happen that can happen to one of them. */
  step(member: number, choice: number): void {
    const at = member % this.#worlds.length;
    if (choice % 40 === 0 && this.#worlds[at]!.host.up) return this.#hostDies(choice % 80 === 0);
    const all = this.#moves(at);
    const good = all.filter((move) => move.good);
    const bad = all.filter(({ good, words }) => !good && (words !== 'asked to remove it' || choice % 29 === 0));
    // Mostly well behaved, or nothing would ever come online.
    const moves = good.length > 0 && choice % 10 < 6 ? good : bad;
    const move = moves[Math.floor(choice / 10) % moves.length];
    if (move) this.#run(at, move);
  }

  /** From now on everybody behaves: all come to rest. */
  settle(): void {
    for (let turn = 0; turn < PATIENCE; turn++) {
      const able = this.#worlds.map((_world, at) => ({ at, good: this.#goodMoves(at) })).filter(({ good }) => good.length > 0);
      // Who is at rest may still keep the others waiting with a call.
      const next = able.find(({ at }) => !isSettled(this.#worlds[at]!)) ?? able.find(({ at }) => this.#worlds[at]!.calls.length > 0);
      if (!next) break;
      this.#run(next.at, next.good[turn % next.good.length]!);
    }
    const restless = this.#worlds.findIndex((world) => !isSettled(world));
    if (restless >= 0) this.#fail(`resource ${restless} never comes to rest`);
  }

  /** A poll that is due says nothing about rest. */
  #goodMoves(at: number): readonly Move[] {
    return this.#moves(at).filter(({ good, words }) => good && words !== 'timer looksAlive' && words !== 'timer isAlive');
  }

  #moves(at: number): readonly Move[] {
    const world = this.#worlds[at]!;
    return world.gone ? [] : movesOfInstance(world, this.#setting(at));
  }

  #setting(at: number): Setting {
    const shared: SharedOrder = {
      offer: (call) => this.#offer(at, call),
      completed: (world, call, sendings) => this.#completed(at, world, call, sendings),
    };
    return { variant: this.#variant, table: TABLE, shared };
  }

  #run(at: number, move: Move): void {
    const others = this.#worlds.map(({ instance }) => instance);
    const seen = move.run();
    this.#trace.push(`${at}: ${told(move.words, seen)}`);
    this.#judge(at, seen);
    this.#worlds[at] = seen.after;
    if (seen.after.host.up) this.#worlds.forEach((world, other) => (this.#worlds[other] = hosted(world)));
    const touched = this.#worlds.findIndex(({ instance }, other) => other !== at && instance !== others[other]);
    if (touched >= 0) this.#fail(`what happened to ${at} had an effect on ${touched}`);
  }

  #hostDies(survives: boolean): void {
    this.#order.clear();
    this.#held.clear();
    this.#flying.clear();
    for (const [at, world] of this.#worlds.entries()) {
      if (world.gone) continue;
      const blamed = world.calls.some(({ sent }) => sent);
      const side = { host: NO_HOST, connected: false, calls: [], running: survives ? world.running : null };
      const event = {
        kind: 'hostLost',
        atMs: NOW_MS,
        blamed,
        reason: 'killed',
        source: 'hostExited',
      } as const;
      this.#run(at, {
        words: 'its host died',
        good: false,
        run: () => deliver(world, event, this.#setting(at), side),
      });
    }
    this.#worlds.forEach((world, at) => (this.#worlds[at] = { ...world, host: NO_HOST, connected: false }));
  }

  #offer(at: number, offered: ShellCall): Release<ShellCall> {
    const call = Object.assign(offered, { resource: `${RESOURCE}${at}` });
    this.#held.set(call, at);
    const release = this.#order.offer(call);
    for (const dropped of release.dropped) {
      if (this.#held.get(dropped) !== at) this.#fail(`a call of another resource was dropped by ${at}`);
      this.#held.delete(dropped);
    }
    for (const sent of release.send) this.#fly(sent);
    return release;
  }

  #completed(at: number, world: World, answered: ShellCall, sendings: Sending[]): Partial<World> {
    const call = [...this.#flying].find(({ id, resource }) => id === answered.id && resource === answered.resource);
    if (!call) return this.#fail(`an answer to nothing: ${answered.method}`);
    this.#flying.delete(call);
    this.#held.delete(call);
    const draft: Draft = { ...world, calls: world.calls.filter((known) => known !== answered) };
    for (const sent of this.#order.completed(call).send) {
      this.#fly(sent);
      const owner = this.#held.get(sent) ?? at;
      const target: Draft = owner === at ? draft : { ...this.#worlds[owner]! };
      const queued = target.calls.find(({ id }) => id === sent.id);
      if (!queued) return this.#fail(`${sent.method} of ${owner} was sent though nobody waits for it`);
      dispatch(target, queued, owner === at ? sendings : []);
      if (owner !== at) this.#worlds[owner] = target;
    }
    return { calls: draft.calls, host: draft.host, running: draft.running };
  }

  /** S35 and S36 over all instances of the host. */
  #fly(call: ShellCall): void {
    const overlaps = [...this.#flying].filter((other) => this.#variant.concurrency === 'serial' || other.resource === call.resource);
    const isTerminate = call.method === 'terminate';
    for (const other of overlaps) {
      const legal = isTerminate || other.method === 'terminate' ? !EXCLUSIVE.has(call.method) && !EXCLUSIVE.has(other.method) : false;
      if (!legal) this.#fail(`${call.method} of ${call.resource} overlaps ${other.method} of ${other.resource}`);
    }
    this.#flying.add(call);
  }

  #judge(at: number, seen: Seen): void {
    for (const { name, stands, broken } of INVARIANTS) {
      const what = broken(seen, this.#variant.policy);
      if (what !== null) this.#fail(`resource ${at}: ${name} (${stands}): ${what}`);
    }
  }

  #fail(what: string): never {
    throw new Error(`${what}\n  ${this.#trace.join('\n  ')}`);
  }
}

/** The host of one is the host of all. */
function hosted(world: World): World {
  return world.host.up ? world : { ...world, host: { ...NO_HOST, up: true }, connected: true };
}
