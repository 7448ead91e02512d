import { join } from 'node:path';
import { afterEach } from 'vitest';
import { z } from 'zod';
import { DaemonPlayer, type HostRun, type PlayerOptions } from './daemon-player.ts';

const players: DaemonPlayer[] = [];

afterEach(async () => {
  for (const player of players.splice(0)) await player.dispose();
});

export function fixture(name: string): string {
  return join(import.meta.dirname, 'fixtures', name);
}

/** A listening daemon player that is taken down after the test. */
export async function servingPlayer(options: PlayerOptions = {}): Promise<DaemonPlayer> {
  const player = new DaemonPlayer(options);
  players.push(player);
  return player.serve();
}

/** A player and a connected host of `source`. */
export async function connectedHost(
  source = fixture('scripted.ts'),
  options: PlayerOptions = {},
): Promise<{ player: DaemonPlayer; host: HostRun }> {
  const player = await servingPlayer(options);
  player.readPipe();
  const host = player.startHost(source);
  await player.hellos.take();
  return { player, host };
}

/** What the fixture's entry points wrote down since the last call. */
export async function journalOf(player: DaemonPlayer): Promise<string[]> {
  const answer = await player.result('resourceTypeControl', { type: 'scripted', code: 'journal' });
  return z.object({ output: z.array(z.string()) }).parse(answer).output;
}

export async function release(player: DaemonPlayer, gate: string): Promise<void> {
  await player.result('resourceTypeControl', { type: 'scripted', code: 'release', input: gate });
}
