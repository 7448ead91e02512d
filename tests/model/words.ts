import type { Effect } from '../../daemon/src/core/life-cycle/effects.ts';
import type { Seen, World } from './world.ts';

/** One step in words: what happened, what the life cycle did, where that left everybody. */
export function told(words: string, seen: Seen): string {
  return `${words} -> [${seen.effects.map(effectWords).join(', ')}] ${describeWorld(seen.after)}`;
}

function effectWords(effect: Effect): string {
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
    case 'beginIncarnation':
    case 'disarmAll':
    case 'dismissRecord':
    case 'needHost':
    case 'removed':
      return effect.kind;
  }
}

export function describeWorld(world: World): string {
  const { instance } = world;
  const notes = [
    `next ${instance.next}`,
    instance.opened && 'opened',
    instance.recover && 'recover',
    instance.unconfirmed && 'unconfirmed',
    instance.call && `${instance.call.method} unanswered`,
    instance.suspicion && 'suspected',
    instance.latched && 'latched',
    world.running !== null && `@${world.running} runs`,
    `wanted ${world.wanted}`,
  ];
  return `${instance.phase}@${instance.incarnation} (${notes.filter(Boolean).join(', ')})`;
}
