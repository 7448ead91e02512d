/* oxlint-disable typescript/no-unsafe-type-assertion -- damaging a table means handling cells of every event alike, which its types forbid on purpose */
import type { Effect } from '../../daemon/src/core/life-cycle/effects.ts';
import type { EventName, LifeEvent } from '../../daemon/src/core/life-cycle/events.ts';
import type { Instance, Policy } from '../../daemon/src/core/life-cycle/instance.ts';
import type { Step } from '../../daemon/src/core/life-cycle/moves.ts';
import { type Phase, PHASES } from '../../daemon/src/core/life-cycle/phases.ts';
import type { Row } from '../../daemon/src/core/life-cycle/row.ts';
import { TABLE } from '../../daemon/src/core/life-cycle/table.ts';
import type { Table } from './shell.ts';

/** Fields whose change a cell may be made to forget. */
export const FIELDS = [
  'incarnation',
  'next',
  'opened',
  'recover',
  'latched',
  'suspicion',
  'unconfirmed',
  'terminatedIncarnation',
  'failures',
] as const;
export type Field = (typeof FIELDS)[number];

export type Damage =
  | { readonly kind: 'delete' }
  | { readonly kind: 'drop'; readonly effect: string }
  | { readonly kind: 'swap'; readonly to: Phase; readonly instead: Phase }
  | { readonly kind: 'forget'; readonly field: Field };

/** One fault in one cell. */
export interface Mutant {
  readonly name: string;
  readonly phase: Phase;
  readonly event: EventName;
  readonly damage: Damage;
}

/** What a cell was seen to do, which is what can be damaged in it. */
export interface CellUse {
  readonly phase: Phase;
  readonly event: EventName;
  readonly effects: ReadonlySet<string>;
  readonly targets: ReadonlySet<Phase>;
  readonly fields: ReadonlySet<Field>;
}

type AnyCell = (instance: Instance, event: LifeEvent, policy: Policy) => Step;
type Wrap = (cell: AnyCell, phase: Phase, event: EventName) => AnyCell | undefined;

/** The table with every cell replaced. Cells differ in the event they take; `transition` only gives each its own. */
function mapped(wrap: Wrap): Table {
  const rows = PHASES.map((phase) => {
    const cells = Object.entries(TABLE[phase]).map(([event, cell]) => [event, wrap(cell as AnyCell, phase, event as EventName)]);
    return [phase, Object.fromEntries(cells.filter(([, cell]) => cell !== undefined)) as Row];
  });
  return Object.fromEntries(rows) as Table;
}

export type Observer = (phase: Phase, event: EventName, before: Instance, step: Step) => void;

/** The sound table, telling what each cell does. */
export function observed(observer: Observer): Table {
  return mapped((cell, phase, name) => (instance, event, policy) => {
    const step = cell(instance, event, policy);
    observer(phase, name, instance, step);
    return step;
  });
}

export function damaged({ phase, event, damage }: Mutant): Table {
  return mapped((cell, at, name) => {
    if (at !== phase || name !== event) return cell;
    if (damage.kind === 'delete') return undefined;
    return (instance, happened, policy) => spoil(instance, cell(instance, happened, policy), damage);
  });
}

function spoil(before: Instance, step: Step, damage: Exclude<Damage, { kind: 'delete' }>): Step {
  switch (damage.kind) {
    case 'drop':
      return { ...step, effects: step.effects.filter((effect) => labelOf(effect) !== damage.effect) };
    case 'swap': {
      const hit = step.instance.phase === damage.to && step.instance.epoch !== before.epoch;
      return hit ? { ...step, instance: { ...step.instance, phase: damage.instead } } : step;
    }
    case 'forget':
      return { ...step, instance: { ...step.instance, [damage.field]: before[damage.field] } };
  }
}

export function labelOf(effect: Effect): string {
  if (effect.kind === 'call') return `call ${effect.method}`;
  if (effect.kind === 'publish') return `publish ${effect.event}`;
  return 'timer' in effect ? `${effect.kind} ${effect.timer}` : effect.kind;
}

/** Every fault of these kinds that the cells in use can have. */
export function mutantsOf(uses: readonly CellUse[]): readonly Mutant[] {
  return uses.flatMap((use) => {
    const { phase, event } = use;
    const mutant = (words: string, damage: Damage): Mutant => ({
      name: `${phase}.${event}: ${words}`,
      phase,
      event,
      damage,
    });
    return [
      mutant('the cell is missing', { kind: 'delete' }),
      ...[...use.effects].map((effect) => mutant(`no ${effect}`, { kind: 'drop', effect })),
      ...[...use.fields].map((field) => mutant(`${field} stays as it was`, { kind: 'forget', field })),
      ...[...use.targets].flatMap((to) =>
        PHASES.filter((instead) => instead !== to).map((instead) => mutant(`${instead} instead of ${to}`, { kind: 'swap', to, instead })),
      ),
    ];
  });
}
