import type { Incident } from '@andon/protocol';
import type { Command } from 'commander';
import { examples, type JsonOption, reads } from '../command.ts';
import type { PlaceFlags } from '../connection/places.ts';
import { note, printable, table, writeJson, writeLine } from '../terminal/output.ts';
import { localTime } from '../terminal/words.ts';

interface Options extends JsonOption {
  readonly since?: string;
  readonly host?: string;
  readonly resource?: string;
}

export function define(command: Command): void {
  reads(command)
    .option('--since <length>', 'only those of the last 30s, 5m, 2h, 1d')
    .option('--host <host>', 'only those of this host')
    .option('--resource <resource>', 'only those of a host that served this resource')
    .action(listIncidents);
  examples(
    command,
    ['andon incidents list', ''],
    ['andon incidents list --since 1d --host worker', ''],
    ['andon incidents list --json', '{"directory","incidents":[{"id","at","host","pid","reason","why","resources","culprits","alike"}]}'],
  );
}

async function listIncidents(options: Options, command: Command): Promise<void> {
  const { incidentsDirectory, readIncidents } = await import('../incidents/folder.ts');
  const directory = await incidentsDirectory(command.optsWithGlobals<PlaceFlags>());
  const incidents = await readIncidents(directory, options);
  if (options.json) return writeJson({ directory, incidents: incidents.map(summary) });
  if (incidents.length === 0) return note(`There are no such incidents in ${directory}: no host was killed, died or failed to start.`);
  const { headline } = await import('../incidents/meaning.ts');
  const rows = incidents.map((incident) => [incident.id, localTime(incident.at), incident.host, printable(headline(incident))]);
  writeLine(table(['INCIDENT', 'WHEN', 'HOST', 'WHAT'], rows));
}

function summary({ id, at, host, pid, reason, why, resources, culprits, alike }: Incident): unknown {
  return { id, at, host, pid, reason, why, resources: resources.map(({ name }) => name), culprits, alike };
}
