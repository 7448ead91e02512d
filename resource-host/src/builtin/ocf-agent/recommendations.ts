import type { Action, MetaData } from './meta-data.ts';
import type { AgentProperties } from './properties.ts';

/** Times in force for one resource: its properties before what its agent recommends before ours. */
export interface Recommendations {
  readonly startTimeoutMs: number;
  readonly stopTimeoutMs: number;
  readonly monitorTimeoutMs: number;
  readonly looksAliveMs: number;
  readonly isAliveMs: number;
  /** Deepest OCF_CHECK_LEVEL that the agent offers. */
  readonly deepest: number;
}

const OURS = { startMs: 60_000, stopMs: 60_000, monitorMs: 20_000, looksAliveMs: 10_000, isAliveMs: 60_000 };

export function recommendations(properties: AgentProperties, { actions }: MetaData): Recommendations {
  const monitors = actions.filter(({ name }) => name === 'monitor' || name === 'status');
  const shallow = lowest(monitors.filter(({ depth }) => depth === 0));
  const deepest = Math.max(0, ...monitors.map(({ depth }) => depth));
  const deep = deepest === 0 ? undefined : lowest(monitors.filter(({ depth }) => depth === deepest));
  return {
    startTimeoutMs: properties.startTimeoutMs ?? timeoutOf(actions, 'start') ?? OURS.startMs,
    stopTimeoutMs: properties.stopTimeoutMs ?? timeoutOf(actions, 'stop') ?? OURS.stopMs,
    monitorTimeoutMs: properties.monitorTimeoutMs ?? timeoutOf(actions, 'monitor') ?? OURS.monitorMs,
    looksAliveMs: properties.monitorMs ?? shallow ?? OURS.looksAliveMs,
    isAliveMs: properties.deepMonitorMs ?? deep ?? Math.max(OURS.isAliveMs, properties.monitorMs ?? 0),
    deepest,
  };
}

function lowest(monitors: readonly Action[]): number | undefined {
  const intervals = monitors.flatMap(({ intervalMs }) => intervalMs ?? []);
  return intervals.length === 0 ? undefined : Math.min(...intervals);
}

/** The longest that it says for any action of this name. */
function timeoutOf(actions: readonly Action[], name: string): number | undefined {
  const timeouts = actions.flatMap((action) => (action.name === name ? (action.timeoutMs ?? []) : []));
  return timeouts.length === 0 ? undefined : Math.max(...timeouts);
}
