const NOTHING_ARMED =
  'The verification disarms polls that cannot be armed here: entering online has disarmed all, a new daemon has armed none, and a suspicion that outlived its connection had disarmed them.';

/** Mutants that change nothing anybody could see, each with the reason. */
export const EQUIVALENT_MUTANTS: Readonly<Record<string, string>> = {
  'onlineCalled.onlineAnswered: no disarm looksAlive': NOTHING_ARMED,
  'onlineCalled.onlineAnswered: no disarm isAlive': NOTHING_ARMED,
  'onlineCalled.statusReported: no disarm looksAlive': NOTHING_ARMED,
  'onlineCalled.statusReported: no disarm isAlive': NOTHING_ARMED,
  'onlinePending.statusReported: no disarm looksAlive': NOTHING_ARMED,
  'onlinePending.statusReported: no disarm isAlive': NOTHING_ARMED,
  'online.hosted: no disarm looksAlive': NOTHING_ARMED,
  'online.hosted: no disarm isAlive': NOTHING_ARMED,
};
