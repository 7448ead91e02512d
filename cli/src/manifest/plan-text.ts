import type { PlanStep } from '@andon/protocol';
import { printable, type Style, table, writeLine } from '../terminal/output.ts';

const STYLE_OF: Readonly<Record<PlanStep['action'], Style>> = {
  create: 'green',
  change: 'yellow',
  remove: 'red',
  keep: 'dim',
};

/** The plan as a table; what stays as it is is only counted. */
export function showPlan(steps: readonly PlanStep[]): void {
  const rows = steps
    .filter(({ action }) => action !== 'keep')
    .map((step) => [{ text: step.action, style: STYLE_OF[step.action] }, step.what, step.name, printable(how(step))]);
  if (rows.length > 0) writeLine(table(['ACTION', 'WHAT', 'NAME', 'HOW'], rows));
}

/** What came of a plan, in a line. */
export function outcome(done: string, steps: readonly PlanStep[], dryRun: boolean): string {
  const count = (action: PlanStep['action']): number => steps.filter((step) => step.action === action).length;
  if (count('keep') === steps.length) return `nothing is to change (${steps.length} kept)`;
  const summary = `${count('create')} created, ${count('change')} changed, ${count('remove')} removed, ${count('keep')} kept`;
  return dryRun ? 'nothing was changed (--dry-run)' : `${done}: ${summary}`;
}

function how({ action, changes, effect }: PlanStep): string {
  const when = effect === '' && action === 'change' ? 'at once' : effect;
  return [changes.join(', '), when].filter((part) => part !== '').join('; ');
}
