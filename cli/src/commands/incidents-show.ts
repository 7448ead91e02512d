import type { AndonEvent, Incident } from '@andon/protocol';
import type { Command } from 'commander';
import { examples, type JsonOption, reads } from '../command.ts';
import { connectDaemon } from '../connection/connect.ts';
import { writeJson } from '../terminal/output.ts';
import type { PlaceFlags } from '../connection/places.ts';

export function define(command: Command): void {
  reads(command).argument('[incident]', 'its id, the beginning of it, or "latest"', 'latest').action(showIncident);
  examples(
    command,
    ['andon incidents show latest', 'what happened, what it probably means, and the evidence'],
    ['andon incidents show 20261122T214501-worker-1', ''],
    ['andon incidents show latest --json', 'the whole file'],
  );
}

async function showIncident(id: string, options: JsonOption, command: Command): Promise<void> {
  const flags = command.optsWithGlobals<PlaceFlags>();
  const { findIncident, incidentsDirectory } = await import('../incidents/folder.ts');
  const incident = await findIncident(await incidentsDirectory(flags), id);
  if (options.json) return writeJson(incident);
  const { printReport } = await import('../incidents/report.ts');
  printReport(incident, await eventsAfter(incident, flags));
}

/** What became of its resources; null when nobody can tell. */
async function eventsAfter({ seq }: Incident, flags: PlaceFlags): Promise<readonly AndonEvent[] | null> {
  try {
    const { client } = await connectDaemon(flags);
    try {
      const { events } = await client.request('events', { afterSeq: seq, limit: 1000 });
      return events;
    } finally {
      client.close();
    }
  } catch {
    return null;
  }
}
