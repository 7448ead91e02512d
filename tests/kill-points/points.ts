/** What the driver does so that a daemon passes a point: nothing but records, or also one of these. */
export type Deed = 'records' | 'administer' | 'configure' | 'endHost' | 'stop' | 'leave';

export interface Point {
  readonly name: string;
  readonly deed: Deed;
  /** The daemon dies at one of so many first passages. */
  readonly passages: number;
}

function around(name: string, deed: Deed, passages = 1): Point[] {
  return [
    { name: `before ${name}`, deed, passages },
    { name: `after ${name}`, deed, passages },
  ];
}

/** Every place where the daemon is made to die. `instrument.ts` finds each of them in the real daemon. */
export const POINTS: readonly Point[] = [
  ...around('a read is heard', 'records', 3),
  { name: 'between two pipes', deed: 'records', passages: 2 },
  ...around('frame terminate', 'records', 3),
  ...around('frame isAlive', 'records', 3),
  ...around('frame online', 'records', 3),
  ...around('frame offline', 'administer'),
  ...around('frame startup', 'endHost'),
  ...around('frame open', 'endHost'),
  ...around('frame close', 'configure'),
  ...around('frame welcome', 'records', 3),
  ...around('frame goodbye', 'stop'),
  ...around('answer to the administrator', 'administer', 2),
  ...around('store append', 'records', 6),
  ...around('store saveIncarnation', 'records', 3),
  ...around('store saveWanted', 'administer'),
  ...around('store changeConfiguration', 'configure', 2),
  ...around('store deleteInstance', 'configure'),
  ...around('store saveHost', 'endHost'),
  ...around('store deleteHost', 'endHost'),
  ...around('store close', 'leave'),
  { name: 'after pipe made', deed: 'endHost', passages: 1 },
  { name: 'after pipe reopened', deed: 'records', passages: 3 },
  ...around('host spawned', 'endHost'),
  ...around('adoption', 'records'),
  ...around('stop begins', 'stop'),
  ...around('host let go', 'leave', 2),
];
