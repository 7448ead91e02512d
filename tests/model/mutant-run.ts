import type { EventName } from '../../daemon/src/core/life-cycle/events.ts';
import type { Instance } from '../../daemon/src/core/life-cycle/instance.ts';
import type { Step } from '../../daemon/src/core/life-cycle/moves.ts';
import type { Phase } from '../../daemon/src/core/life-cycle/phases.ts';
import { type CellUse, damaged, type Field, FIELDS, labelOf, type Mutant, observed } from './mutants.ts';
import { search } from './search.ts';
import type { Variant } from './variants.ts';
import type { World } from './world.ts';

/** States in which a cell was used, of each thing that it did there the first few. */
const SEEDS_EACH = 6;
/** How far around the seeds a fault is looked for. */
const NEAR = 1_500;

interface Known {
  readonly use: {
    readonly phase: Phase;
    readonly event: EventName;
    readonly effects: Set<string>;
    readonly targets: Set<Phase>;
    readonly fields: Set<Field>;
  };
  readonly seeds: Map<Variant, Map<string, World[]>>;
}

/** What the sound table does, cell by cell, and where to look for faults of it. */
export class Experience {
  readonly #cells = new Map<string, Known>();

  get uses(): readonly CellUse[] {
    return [...this.#cells.values()].map(({ use }) => use);
  }

  /** Searches everything under one variant and remembers what was done where. */
  gather(variant: Variant): void {
    let last: { readonly known: Known; readonly signature: string } | null = null;
    const table = observed((phase, event, before, step) => {
      const known = this.#cell(phase, event);
      last = { known, signature: remember(known, before, step) };
    });
    const { violations } = search(
      { variant, table },
      {
        firstOnly: false,
        onSeen: (_seen, world) => {
          if (last) keepSeed(last.known, variant, last.signature, world);
          last = null;
        },
      },
    );
    // Against a table that is broken already every mutant would look caught.
    if (violations[0]) throw new Error(`the sound table breaks "${violations[0].invariant}" under "${variant.name}"`);
  }

  /** Looks for the fault near the states in which its cell is used, then everywhere. Answers the invariant that caught it. */
  hunt(mutant: Mutant, variants: readonly Variant[], everywhere: boolean): string | null {
    const table = damaged(mutant);
    const known = this.#cells.get(`${mutant.phase}.${mutant.event}`);
    for (const variant of variants) {
      const seeds = [...(known?.seeds.get(variant)?.values() ?? [])].flat();
      if (seeds.length === 0) continue;
      const [violation] = search({ variant, table }, { firstOnly: true, from: seeds, limit: NEAR }).violations;
      if (violation) return violation.invariant;
    }
    if (!everywhere) return null;
    for (const variant of variants) {
      const [violation] = search({ variant, table }, { firstOnly: true }).violations;
      if (violation) return violation.invariant;
    }
    return null;
  }

  #cell(phase: Phase, event: EventName): Known {
    const key = `${phase}.${event}`;
    let known = this.#cells.get(key);
    if (!known) {
      known = {
        use: { phase, event, effects: new Set(), targets: new Set(), fields: new Set() },
        seeds: new Map(),
      };
      this.#cells.set(key, known);
    }
    return known;
  }
}

function remember({ use }: Known, before: Instance, { instance, effects }: Step): string {
  const labels = effects.map(labelOf);
  for (const label of labels) use.effects.add(label);
  const fields = FIELDS.filter((field) =>
    field === 'failures' ? instance.failures.length !== before.failures.length : instance[field] !== before[field],
  );
  for (const field of fields) use.fields.add(field);
  if (instance.epoch !== before.epoch) use.targets.add(instance.phase);
  return `${instance.phase} ${labels.join()} ${fields.join()}`;
}

function keepSeed({ seeds }: Known, variant: Variant, signature: string, world: World): void {
  let bySignature = seeds.get(variant);
  if (!bySignature) seeds.set(variant, (bySignature = new Map<string, World[]>()));
  const worlds = bySignature.get(signature) ?? [];
  if (worlds.length === 0) bySignature.set(signature, worlds);
  if (worlds.length < SEEDS_EACH) worlds.push(world);
}
