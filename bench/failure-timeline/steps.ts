import { percentile } from '../shared/statistics.ts';

/** Something that happened, by the one clock of the machine. */
export interface Moment {
  readonly incarnation: number;
  readonly step: string;
  readonly us: number;
}

/** When a step came after the failure, over all failures. */
export interface Step {
  readonly step: string;
  readonly p10: number;
  readonly median: number;
  readonly p90: number;
}

/** Events of the daemon that belong to the story. The last two are those of the next incarnation. */
const EVENT_STEPS: Readonly<Record<string, { readonly step: string; readonly later: number }>> = {
  failureReported: { step: 'record read', later: 0 },
  terminateCalled: { step: 'terminate sent', later: 0 },
  terminated: { step: 'terminate answered', later: 0 },
  initializing: { step: 'online called', later: 1 },
  online: { step: 'online again', later: 1 },
};

export interface DaemonEvent {
  readonly kind: string;
  readonly resource: string | null;
  readonly incarnation: number | null;
  readonly monotonicUs: number;
}

/** Events as moments of the failure that they follow from. */
export function momentsOf(events: readonly DaemonEvent[], resource: string): Moment[] {
  return events.flatMap((event) => {
    const known = EVENT_STEPS[event.kind];
    if (!known || event.resource !== resource || event.incarnation === null) return [];
    return [{ incarnation: event.incarnation - known.later, step: known.step, us: event.monotonicUs }];
  });
}

/** The steps in the order of their medians. The first failures are left out: nothing is warm then. */
export function stepsOf(moments: readonly Moment[], first: string, skipped: number): Step[] {
  const byFailure = Map.groupBy(moments, ({ incarnation }) => incarnation);
  const offsets = [...byFailure.values()].flatMap((group) => {
    const start = group.find(({ step }) => step === first);
    if (!start || start.incarnation <= skipped) return [];
    return group.map(({ step, us }) => ({ step, us: us - start.us }));
  });
  return [...Map.groupBy(offsets, ({ step }) => step)]
    .map(([step, group]) => ({ step, sorted: group.map(({ us }) => us).sort((one, other) => one - other) }))
    .map(({ step, sorted }) => ({ step, p10: at(sorted, 0.1), median: at(sorted, 0.5), p90: at(sorted, 0.9) }))
    .sort((one, other) => one.median - other.median);
}

const at = (sorted: readonly number[], fraction: number): number => Math.round(percentile(sorted, fraction));

export function stepLines(steps: readonly Step[]): string {
  const number = (us: number): string => String(us).padStart(9);
  return steps.map(({ step, p10, median, p90 }) => `${number(median)}  ${number(p10)} …${number(p90)}  ${step}`).join('\n');
}
