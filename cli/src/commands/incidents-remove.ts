import type { Command } from 'commander';
import { acts, examples, finish, type JsonOption } from '../command.ts';
import { usageError } from '../failure.ts';
import { plural } from '../terminal/output.ts';
import type { PlaceFlags } from '../connection/places.ts';

interface Options extends JsonOption {
  readonly all?: boolean;
}

export function define(command: Command): void {
  acts(command).argument('[incident...]', 'their ids').option('--all', 'all of them').action(removeIncidents);
  examples(command, ['andon incidents remove 20261122T214501-worker-1', ''], ['andon incidents remove --all', '']);
}

async function removeIncidents(words: string[], options: Options, command: Command): Promise<void> {
  if ((words.length === 0) === (options.all !== true)) {
    throw usageError('Which incidents? Give their ids, or --all and none.', 'For example: andon incidents remove 20261122T214501-worker-1');
  }
  const { findId, incidentIds, incidentsDirectory, removeIncident } = await import('../incidents/folder.ts');
  const directory = await incidentsDirectory(command.optsWithGlobals<PlaceFlags>());
  const ids: string[] = options.all ? [...(await incidentIds(directory))] : [];
  // All are looked up before the first is removed: a mistyped id removes nothing.
  for (const word of words) ids.push(await findId(directory, word));
  for (const id of ids) await removeIncident(directory, id);
  finish(options, { removed: ids }, `${plural(ids.length, 'incident')} removed`);
}
