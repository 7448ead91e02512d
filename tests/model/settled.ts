import type { World } from './world.ts';

/** Where nothing more happens by itself, and what is wanted was either reached or given up with a word. */
export function isSettled(world: World): boolean {
  if (world.gone) return true;
  const { phase, suspicion, unconfirmed } = world.instance;
  if (unconfirmed || world.helloOwed || suspicion !== null) return false;
  // Failed is an answer to every wish: it says that nothing more can be done before somebody asks.
  if (phase === 'failed') return true;
  if (world.wanted === 'Online') return phase === 'online' || ((phase === 'offline' || phase === 'closed') && !world.providersOnline);
  return world.wanted === 'Offline' && (phase === 'offline' || phase === 'closed');
}
