import type { Phase } from './phases.ts';
import type { Row } from './row.ts';
import { onlineCalled, onlinePending } from './rows-going-online.ts';
import { online } from './rows-online.ts';
import { failed, offline, restartDelay } from './rows-resting.ts';
import { awaitingHost, closed, opening } from './rows-starting.ts';
import { closing, offlineCalled, offlinePending, terminating } from './rows-stopping.ts';

/** The life cycle: by phase, then by event. An event that has no cell in a phase is refused and logged, never guessed at. */
export const TABLE: Readonly<Record<Phase, Row>> = {
  closed,
  awaitingHost,
  opening,
  onlineCalled,
  onlinePending,
  online,
  offlineCalled,
  offlinePending,
  terminating,
  restartDelay,
  failed,
  offline,
  closing,
};
