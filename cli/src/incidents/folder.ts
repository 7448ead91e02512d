import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Incident, INCIDENT_ID_PATTERN } from '@andon/protocol';
import { AndonError } from '@andon/protocol/errors';
import { errnoOf, reasonOf } from '../failure.ts';
import { note } from '../terminal/output.ts';
import type { PlaceFlags } from '../connection/places.ts';
import { stateDirectory } from '../connection/state-directory.ts';
import { durationMs } from '../terminal/words.ts';

export interface IncidentFilter {
  readonly since?: string;
  readonly host?: string;
  readonly resource?: string;
}

const SUFFIX = '.json';

export async function incidentsDirectory(flags: PlaceFlags): Promise<string> {
  return join(await stateDirectory(flags), 'incidents');
}

/** Ids of what is kept, oldest first. */
export async function incidentIds(directory: string): Promise<readonly string[]> {
  try {
    const names = await readdir(directory);
    return names
      .filter((name) => name.endsWith(SUFFIX))
      .map((name) => name.slice(0, -SUFFIX.length))
      .filter((id) => INCIDENT_ID_PATTERN.test(id))
      .toSorted();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw trouble(directory, 'read', error);
  }
}

/** Those that fit, oldest first. One that cannot be read is told of and does not hide the others. */
export async function readIncidents(directory: string, filter: IncidentFilter = {}): Promise<readonly Incident[]> {
  const sinceMs = filter.since === undefined ? 0 : Date.now() - durationMs(filter.since, '--since');
  const found: Incident[] = [];
  for (const id of await incidentIds(directory)) {
    const incident = await readOne(directory, id);
    if ('problem' in incident) note(`warning: ${incident.problem}`);
    else if (fits(incident, sinceMs, filter)) found.push(incident);
  }
  return found;
}

function fits(incident: Incident, sinceMs: number, { host, resource }: IncidentFilter): boolean {
  if (Date.parse(incident.at) < sinceMs || (host !== undefined && incident.host !== host)) return false;
  if (resource === undefined) return true;
  return incident.resources.some(({ name }) => name === resource) || incident.culprits.includes(resource);
}

/** By its id, by the beginning of it if there is one only, or the `latest`. */
export async function findIncident(directory: string, word: string): Promise<Incident> {
  const incident = await readOne(directory, await findId(directory, word));
  if ('problem' in incident)
    throw new AndonError('evidenceTrouble', { detail: incident.problem, hint: 'See the others: andon incidents list' });
  return incident;
}

export async function findId(directory: string, word: string): Promise<string> {
  const ids = await incidentIds(directory);
  if (word === 'latest') {
    const latest = ids.at(-1);
    if (latest !== undefined) return latest;
  }
  const alike = ids.includes(word) ? [word] : ids.filter((id) => id.startsWith(word));
  const [only] = alike;
  if (only !== undefined && alike.length === 1) return only;
  const why = ids.length === 0 ? 'none is kept' : alike.length === 0 ? 'none begins so' : `${alike.length} begin so`;
  throw new AndonError('unknownIncident', { name: word, directory, why });
}

export async function removeIncident(directory: string, id: string): Promise<void> {
  const path = join(directory, `${id}${SUFFIX}`);
  try {
    await rm(path, { force: true });
  } catch (error) {
    throw trouble(path, 'removed', error);
  }
}

async function readOne(directory: string, id: string): Promise<Incident | { readonly problem: string }> {
  const path = join(directory, `${id}${SUFFIX}`);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    return { problem: `${path} cannot be read: ${reasonOf(error)}` };
  }
  try {
    return Incident.parse(JSON.parse(text));
  } catch {
    return { problem: `${path} is no incident that this andon understands` };
  }
}

function trouble(path: string, what: string, error: unknown): AndonError {
  return new AndonError('evidenceTrouble', {
    detail: `${path} cannot be ${what}: ${reasonOf(error)}`,
    hint: 'Do it as the user that runs the daemon.',
  });
}
