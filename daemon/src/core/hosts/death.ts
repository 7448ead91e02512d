/** One death of a host process, on the monotonic clock. `culprits`: resources with a call in flight. */
export interface HostDeath {
  readonly atMs: number;
  readonly culprits: readonly string[];
}

/** What the daemon remembers of a host's deaths. */
export interface HostHistory {
  readonly deaths: readonly HostDeath[];
  /** Deaths in a row without a long life between them. */
  readonly inARow: number;
}
export const NO_HISTORY: HostHistory = { deaths: [], inARow: 0 };

export interface AfterDeath {
  readonly history: HostHistory;
  readonly restartDelayMs: number;
  /** Resources that get a host of their own. */
  readonly separate: readonly string[];
  readonly quarantine: boolean;
}

const WINDOW_MS = 10 * 60_000;
const MANY_DEATHS = 5;
const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 60_000;

/**
 * A host died: how long until the next, and who is kept apart. A deadlock names its culprit at once; a crash only the
 * second time; without any culprit everyone is separated after many deaths. Only a host of a single resource is ever
 * quarantined, so that one bad resource never takes its type down.
 */
export function afterDeath(
  history: HostHistory,
  death: HostDeath & { readonly aliveMs: number; readonly deadlock: boolean; readonly resources: readonly string[] },
): AfterDeath {
  const recent = [...history.deaths.filter((earlier) => death.atMs - earlier.atMs < WINDOW_MS), death];
  const inARow = death.aliveMs >= WINDOW_MS ? 1 : history.inARow + 1;
  const alone = death.resources.length <= 1;
  return {
    history: { deaths: recent.map(({ atMs, culprits }) => ({ atMs, culprits })), inARow },
    restartDelayMs: backOff(inARow),
    separate: alone ? [] : separated(recent, death),
    quarantine: alone && recent.length >= MANY_DEATHS,
  };
}

/** 1, 2, 4 … 60 s. */
export function backOff(inARow: number): number {
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.max(0, inARow - 1));
}

function separated(
  recent: readonly HostDeath[],
  death: { readonly culprits: readonly string[]; readonly deadlock: boolean; readonly resources: readonly string[] },
): readonly string[] {
  if (death.deadlock) return death.culprits;
  const repeated = death.culprits.filter((culprit) => recent.filter((earlier) => earlier.culprits.includes(culprit)).length >= 2);
  if (repeated.length > 0) return repeated;
  const nobody = recent.filter((earlier) => earlier.culprits.length === 0).length;
  return nobody >= MANY_DEATHS ? death.resources : [];
}
