import type { Seen, World } from './world.ts';
import { START } from './world.ts';
import { keyOf, normalised } from './normal-form.ts';
import { movesOf } from './moves.ts';
import type { Setting } from './shell.ts';
import { INVARIANTS } from './invariants.ts';
import { isSettled } from './settled.ts';

interface Visited {
  readonly world: World;
  readonly parent: number;
  readonly words: string;
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
  readonly complete: boolean;
  readonly violations: readonly Violation[];
}

export interface SearchOptions {
  /** Ends the search at the first violation; otherwise the first of each invariant is kept. */
  readonly firstOnly: boolean;
  readonly limit?: number;
  readonly onSeen?: (seen: Seen) => void;
}

/** Breadth first over everything that can happen, so that the first way found to a state is a shortest one. */
export function search(setting: Setting, options: SearchOptions): SearchResult {
  const start = normalised(START);
  const visited: Visited[] = [{ world: start, parent: -1, words: '' }];
  const index = new Map<string, number>([[keyOf(start), 0]]);
  /** Edges that well-behaved parties take by themselves, against their direction. */
  const goodInto: number[][] = [[]];
  const violations = new Map<string, Violation>();
  let steps = 0;

  const found = (violation: Violation): boolean => {
    if (!violations.has(violation.invariant)) violations.set(violation.invariant, violation);
    return options.firstOnly;
  };
  const result = (complete: boolean): SearchResult => ({ states: visited.length, steps, complete, violations: [...violations.values()] });

  for (let at = 0; at < visited.length; at++) {
    const world = visited[at]!.world;
    for (const move of movesOf(world, setting)) {
      steps++;
      const seen = attempt(move.run);
      if (seen instanceof Error) {
        if (found({ invariant: 'nothing throws (S59)', what: seen.message, trace: [...traceTo(visited, at), move.words] })) return result(false);
        continue;
      }
      options.onSeen?.(seen);
      const broken = brokenBy(seen, setting);
      for (const { invariant, what } of broken) {
        if (found({ invariant, what, trace: [...traceTo(visited, at), told(move.words, seen)] })) return result(false);
      }
      // Beyond a fault everything else is a consequence of it.
      if (broken.length > 0) continue;
      const next = normalised(seen.after);
      const key = keyOf(next);
      let to = index.get(key);
      if (to === undefined) {
        to = visited.length;
        if (to >= (options.limit ?? Number.POSITIVE_INFINITY)) return result(false);
        index.set(key, to);
        visited.push({ world: next, parent: at, words: told(move.words, seen) });
        goodInto.push([]);
      }
      if (move.good) goodInto[to]!.push(at);
    }
  }
  const stuck = firstStuck(visited, goodInto);
  if (stuck !== null) {
    found({
      invariant: 'from every state well-behaved answers and timers lead to rest',
      what: `stuck: ${describe(visited[stuck]!.world)}`,
      trace: traceTo(visited, stuck),
    });
  }
  return result(true);
}

function attempt(run: () => Seen): Seen | Error {
  try {
    return run();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function brokenBy(seen: Seen, setting: Setting): readonly { invariant: string; what: string }[] {
  const broken: { invariant: string; what: string }[] = [];
  for (const invariant of INVARIANTS) {
    const what = invariant.broken(seen, setting.variant.policy);
    if (what !== null) broken.push({ invariant: `${invariant.name} (${invariant.stands})`, what });
  }
  return broken;
}

/** The first state from which no good edges lead to a settled one. */
function firstStuck(visited: readonly Visited[], goodInto: readonly (readonly number[])[]): number | null {
  const safe = new Uint8Array(visited.length);
  const todo: number[] = [];
  visited.forEach(({ world }, at) => {
    if (!isSettled(world)) return;
    safe[at] = 1;
    todo.push(at);
  });
  for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
    for (const from of goodInto[at]!) {
      if (safe[from]) continue;
      safe[from] = 1;
      todo.push(from);
    }
  }
  const stuck = safe.indexOf(0);
  return stuck < 0 ? null : stuck;
}

function traceTo(visited: readonly Visited[], at: number): string[] {
  const trace: string[] = [];
  for (let here = at; here > 0; here = visited[here]!.parent) trace.push(visited[here]!.words);
  return trace.reverse();
}

function told(words: string, seen: Seen): string {
  const effects = seen.effects.map((effect) => {
    switch (effect.kind) {
      case 'call':
        return `call ${effect.method}@${effect.incarnation}`;
      case 'arm':
      case 'disarm':
        return `${effect.kind} ${effect.timer}`;
      case 'publish':
        return `tell ${effect.event}`;
      case 'answer':
        return `answer ${effect.answer}`;
      case 'refuse':
      case 'reject':
        return `${effect.kind}: ${effect.why}`;
      case 'dropRecord':
        return `drop the record as ${effect.why}`;
      default:
        return effect.kind;
    }
  });
  return `${words} -> [${effects.join(', ')}] ${describe(seen.after)}`;
}

function describe(world: World): string {
  const { instance } = world;
  const notes = [
    `next ${instance.next}`,
    instance.opened ? 'opened' : '',
    instance.recover ? 'recover' : '',
    instance.unconfirmed ? 'unconfirmed' : '',
    instance.call ? `${instance.call.method} unanswered` : '',
    instance.suspicion ? 'suspected' : '',
    instance.latched ? 'latched' : '',
    world.running === null ? '' : `@${world.running} runs`,
    `wanted ${world.wanted}`,
  ].filter(Boolean);
  return `${instance.phase}@${instance.incarnation} (${notes.join(', ')})`;
}
