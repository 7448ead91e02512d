import type { Effect } from '../../daemon/src/core/life-cycle/effects.ts';
import type { Case } from './explore.ts';
import { FACTS } from './facts.ts';

/** One row of the printed table: when, and what comes of it. */
export interface Outcome {
  readonly when: string;
  readonly phase: string;
  readonly effects: string;
}

/** What comes of these cases, with as few conditions as tell the outcomes apart. */
export function outcomesOf(cases: readonly Case[], conditions: readonly string[] = []): readonly Outcome[] {
  const outcomes = new Map(cases.map((one) => [outcomeKey(one), one]));
  const [only] = outcomes.values();
  if (!only) return [];
  const best = outcomes.size > 1 ? bestFact(cases) : undefined;
  if (!best)
    return [...outcomes.values()].map((one) => ({
      when: conditions.join('; '),
      phase: one.result.instance.phase,
      effects: effectsOf(one),
    }));
  const byValue = Map.groupBy(cases, (one) => best(one) ?? '');
  return merged(byValue).flatMap(({ values, members }) => outcomesOf(members, [...conditions, values.join(' or ')]));
}

/** Values of a fact that lead to the same are one condition. */
function merged(byValue: ReadonlyMap<string, readonly Case[]>): { values: string[]; members: Case[] }[] {
  const branches = new Map<string, { values: string[]; members: Case[] }>();
  for (const [value, members] of byValue) {
    const keys = new Set(members.map(outcomeKey));
    const [key = ''] = keys;
    // Where more than one thing can come of it, the value stands for itself.
    const name = keys.size === 1 ? key : `${value}: several`;
    const branch = branches.get(name) ?? { values: [], members: [] };
    branch.values.push(value);
    branch.members.push(...members);
    branches.set(name, branch);
  }
  return [...branches.values()];
}

/** The fact that leaves least to be told; of equals the earlier. */
function bestFact(cases: readonly Case[]) {
  let best: { readonly fact: (typeof FACTS)[number]; readonly left: number } | undefined;
  const whole = disorder(cases);
  for (const fact of FACTS) {
    const groups = [...Map.groupBy(cases, fact).values()];
    if (groups.length < 2) continue;
    const left = groups.reduce((sum, group) => sum + disorder(group), 0);
    if (left < (best?.left ?? whole) - 1e-9) best = { fact, left };
  }
  return best?.fact;
}

/** Bits that are missing to know what comes of each case. */
function disorder(cases: readonly Case[]): number {
  const counts = [...Map.groupBy(cases, outcomeKey).values()].map(({ length }) => length);
  return counts.reduce((sum, count) => sum - count * Math.log2(count / cases.length), 0);
}

const keys = new WeakMap<Case, string>();

function outcomeKey(one: Case): string {
  const key = keys.get(one) ?? `${one.result.instance.phase} ${effectsOf(one)}`;
  keys.set(one, key);
  return key;
}

function effectsOf({ instance, result }: Case): string {
  const words = result.effects.map(effectWords).filter((word) => word !== '');
  if (result.instance.phase === instance.phase && result.instance.next !== instance.next)
    words.push(`from now on ${NEXT[result.instance.next]}`);
  return words.join(', ');
}

const NEXT = { recover: 'its policy decides', online: 'online is wanted', offline: 'offline is wanted', close: 'it is being removed' };

function effectWords(effect: Effect): string {
  switch (effect.kind) {
    case 'call':
      return `**call ${effect.method}**`;
    case 'beginIncarnation':
      return 'begin an incarnation';
    case 'arm':
      return `arm ${effect.timer}`;
    case 'disarm':
      return `disarm ${effect.timer}`;
    case 'disarmAll':
      return '';
    case 'publish':
      // What goes without saying: a change of the public state is told by its own event.
      return 'state' in effect.fields ? '' : `tell \`${effect.event}\``;
    case 'answer':
      return `answer *${effect.answer}*`;
    case 'reject':
      return `turn down: ${effect.why}`;
    case 'dropRecord':
      return `drop the record: ${effect.why}`;
    case 'dismissRecord':
      return 'tell the host that it was wrong';
    case 'needHost':
      return 'find or start a host';
    case 'refuse':
      return `refuse: ${effect.why}`;
    case 'removed':
      return 'forget the instance';
  }
}
