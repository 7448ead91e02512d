import { existsSync } from 'node:fs';
import { connectDaemon } from './connect.ts';
import { type PlaceFlags, places } from './places.ts';

/** A daemon that does not answer at once is one more reason to look at what it left on the disk. */
const ANSWER_LIMIT_MS = 2_000;

/** Where the daemon that is meant keeps its state: it says so itself, or it is looked for in the usual places. */
export async function stateDirectory(flags: PlaceFlags): Promise<string> {
  try {
    const { client } = await connectDaemon(flags);
    try {
      return (await client.request('status', {}, ANSWER_LIMIT_MS)).daemon.stateDir;
    } finally {
      client.close();
    }
  } catch {
    return usualStateDirectory(flags);
  }
}

/** The first that is there, of those that a daemon would use. */
export function usualStateDirectory(flags: PlaceFlags): string {
  const candidates = places(flags).map(({ stateDir }) => stateDir);
  return candidates.find((path) => existsSync(path)) ?? candidates[0] ?? '';
}
