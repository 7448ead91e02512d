import { PHASES } from '../../daemon/src/core/life-cycle/phases.ts';
import type { Case } from './explore.ts';

/** What happens on ordinary days; the tables below the picture hold the rest. */
const MAIN: ReadonlySet<string> = new Set([
  'goOnline',
  'goOffline',
  'hostUp',
  'openAnswered',
  'onlineAnswered',
  'offlineAnswered',
  'terminateAnswered',
  'closeAnswered',
  'aliveAnswered',
  'statusReported',
  'failureReported',
  'pendingExpired',
  'restartDue',
  'retryDue',
]);

/** A picture of the main transitions, in the language mermaid. */
export function stateDiagram(cases: readonly Case[]): string {
  const lines = PHASES.flatMap((phase) => {
    const leaving = cases.filter((one) => one.instance.phase === phase && one.result.instance.phase !== phase && isMain(one));
    const byTarget = Map.groupBy(leaving, ({ result }) => result.instance.phase);
    return [...byTarget].map(
      ([target, members]) => `  ${phase} --> ${target}: ${[...new Set(members.map(({ event }) => event.kind))].join(', ')}`,
    );
  });
  return ['```mermaid', 'stateDiagram-v2', '  [*] --> closed', ...lines, '  closed --> [*]', '```'].join('\n');
}

function isMain({ instance, event }: Case): boolean {
  if (event.kind === 'remove') return instance.phase === 'offline';
  if (!MAIN.has(event.kind) || instance.recover) return false;
  if ('clear' in event && !event.clear) return false;
  if (event.kind === 'closeAnswered') return true;
  if (instance.next === 'close' || (instance.phase === 'opening' && instance.next !== 'online')) return false;
  const mayBeUnopened = instance.phase === 'closed' || instance.phase === 'awaitingHost' || instance.phase === 'opening';
  return instance.opened || mayBeUnopened;
}
