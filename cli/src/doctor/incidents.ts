import { plural } from '../terminal/output.ts';
import { incidentIds } from '../incidents/folder.ts';
import { join } from 'node:path';
import { asFailure } from '../failure.ts';
import { type Check, ok, type Patient, warn } from './check.ts';

const RECENT_MS = 24 * 3_600_000;

/** Hosts that were killed or died within a day. */
export async function incidentsCheck({ stateDir }: Patient): Promise<readonly Check[]> {
  const name = 'incidents';
  try {
    const ids = await incidentIds(join(stateDir, 'incidents'));
    const since = new Date(Date.now() - RECENT_MS).toISOString().slice(0, 19).replace(/[-:]/g, '');
    const recent = ids.filter((id) => id.slice(0, since.length) >= since);
    const latest = recent.at(-1);
    if (latest === undefined) return [ok(name, `none within a day, ${ids.length} kept`)];
    return [
      warn(name, `${plural(recent.length, 'host')} killed or dead within a day, the last: ${latest}`, `andon incidents show ${latest}`),
    ];
  } catch (error) {
    const { message, remedy } = asFailure(error);
    return [warn(name, message, remedy)];
  }
}
