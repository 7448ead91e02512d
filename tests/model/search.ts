import { INVARIANTS } from './invariants.ts';
import { movesOf } from './moves.ts';
import { keyOf, normalised } from './normal-form.ts';
import { isSettled } from './settled.ts';
import type { Setting } from './shell.ts';
import { describeWorld, told } from './words.ts';
import { type Seen, START, type World } from './world.ts';

interface Visited {
  readonly world: World;
  readonly parent: number;
  /** Place of the move among those of the parent. */
  readonly move: number;
}

/** A broken invariant, with the shortest way there. */
export interface Violation {
  readonly invariant: string;
  readonly what: string;
  readonly trace: readonly string[];
}

export interface SearchResult {
  readonly states: number;
  readonly steps: number;
  /** Every reachable state was seen. */
  readonly complete: boolean;
  readonly violations: readonly Violation[];
}

export interface SearchOptions {
  /** Ends the search at the first violation; otherwise the first of each invariant is kept. */
  readonly firstOnly: boolean;
  /** Most states to visit. */
  readonly limit?: number;
  /** Where to begin; elsewhere than at the beginning when a fault of one cell is looked for. */
  readonly from?: readonly World[];
  readonly onSeen?: (seen: Seen, world: World) => void;
}

const LIVENESS = 'from every state well-behaved answers and timers lead to rest (style 3, D35)';

/** Breadth first over everything that can happen, so that the first way found to a state is a shortest one. */
export function search(setting: Setting, options: SearchOptions): SearchResult {
  return new Search(setting, options).run();
}

class Search {
  readonly #setting: Setting;
  readonly #options: SearchOptions;
  readonly #visited: Visited[] = [];
  readonly #index = new Map<string, number>();
  /** Edges that well-behaved parties take by themselves, against their direction. */
  readonly #goodInto: number[][] = [];
  readonly #violations = new Map<string, Violation>();
  #steps = 0;

  constructor(setting: Setting, options: SearchOptions) {
    this.#setting = setting;
    this.#options = options;
  }

  run(): SearchResult {
    for (const world of this.#options.from ?? [START]) this.#visit(world, -1, -1);
    const limit = this.#options.limit ?? Number.POSITIVE_INFINITY;
    let at = 0;
    for (; at < Math.min(this.#visited.length, limit); at++) {
      if (this.#violations.size > 0 && this.#options.firstOnly) return this.#result(false);
      this.#expand(at);
    }
    const stuck = this.#firstStuck(at);
    if (stuck !== null) this.#found(LIVENESS, `no good way out of ${describeWorld(this.#visited[stuck]!.world)}`, stuck, null);
    return this.#result(at === this.#visited.length);
  }

  #expand(at: number): void {
    const { world } = this.#visited[at]!;
    for (const [place, move] of movesOf(world, this.#setting).entries()) {
      this.#steps++;
      const seen = attempt(move.run);
      if (seen instanceof Error) {
        this.#found('nothing throws (S59)', seen.message, at, `${move.words} -> ${seen.message}`);
        continue;
      }
      this.#options.onSeen?.(seen, world);
      // Beyond a fault everything else would be a consequence of it.
      if (this.#judge(seen, at, move.words)) continue;
      if (isSame(seen.after, world)) continue;
      const to = this.#visit(seen.after, at, place);
      if (move.good) this.#goodInto[to]!.push(at);
    }
  }

  #visit(world: World, parent: number, move: number): number {
    const next = normalised(world);
    const key = keyOf(next);
    const known = this.#index.get(key);
    if (known !== undefined) return known;
    const to = this.#visited.push({ world: next, parent, move }) - 1;
    this.#index.set(key, to);
    this.#goodInto.push([]);
    return to;
  }

  #judge(seen: Seen, at: number, words: string): boolean {
    let broken = false;
    for (const invariant of INVARIANTS) {
      const what = invariant.broken(seen, this.#setting.variant.policy);
      if (what === null) continue;
      broken = true;
      this.#found(`${invariant.name} (${invariant.stands})`, what, at, told(words, seen));
    }
    return broken;
  }

  #found(invariant: string, what: string, at: number, last: string | null): void {
    if (this.#violations.has(invariant)) return;
    this.#violations.set(invariant, {
      invariant,
      what,
      trace: [...this.#traceTo(at), ...(last === null ? [] : [last])],
    });
  }

  /** The first state from which no good edges lead to a settled one. What was not looked into (from `end` on) gets the benefit of the doubt. */
  #firstStuck(end: number): number | null {
    const safe = new Uint8Array(this.#visited.length);
    const todo: number[] = [];
    for (const [at, { world }] of this.#visited.entries()) {
      if (at < end && !isSettled(world)) continue;
      safe[at] = 1;
      todo.push(at);
    }
    for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
      for (const from of this.#goodInto[at]!) {
        if (safe[from]) continue;
        safe[from] = 1;
        todo.push(from);
      }
    }
    const stuck = safe.indexOf(0);
    return stuck < 0 ? null : stuck;
  }

  /** Walks the way again to put it into words. */
  #traceTo(at: number): readonly string[] {
    const trace: string[] = [];
    for (let here = at; this.#visited[here]!.parent >= 0; here = this.#visited[here]!.parent) {
      const { parent, move } = this.#visited[here]!;
      const taken = movesOf(this.#visited[parent]!.world, this.#setting)[move]!;
      trace.push(told(taken.words, taken.run()));
    }
    return trace.toReversed();
  }

  #result(complete: boolean): SearchResult {
    return {
      states: this.#visited.length,
      steps: this.#steps,
      complete,
      violations: [...this.#violations.values()],
    };
  }
}

const FIELDS = Object.keys(START).filter((field): field is keyof World => field in START);

/** Nothing at all has changed: most of what can happen at a given time means nothing then. */
function isSame(after: World, before: World): boolean {
  return FIELDS.every((field) => after[field] === before[field]);
}

function attempt(run: () => Seen): Seen | Error {
  try {
    return run();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
