import type { Command } from 'commander';
import { awaitSettled, reportOutcomes } from './await-settled.ts';
import { followChanges } from '../connection/changes.ts';
import type { ControlClient } from '../connection/client.ts';
import { finish, type JsonOption } from '../command.ts';
import { withDaemon } from '../connection/connect.ts';
import { usageError } from '../failure.ts';
import { note } from '../terminal/output.ts';
import type { Wanted } from './settle.ts';

export interface ChangeOptions extends JsonOption {
  readonly wait?: string;
  readonly clearHang?: boolean;
}
export interface Target {
  readonly names?: string[];
  readonly group?: string;
}

/** `online` and `offline`, of resources or of a group: ask, say what follows from it, wait, tell. */
export async function changeState(command: Command, wanted: Wanted, target: Target, options: ChangeOptions): Promise<void> {
  const waitMs = options.wait === undefined ? null : secondsToMs(options.wait);
  process.exitCode = await withDaemon(command, async (client) => {
    const changes = waitMs === 0 ? null : await followChanges(client);
    const { names, consequence, document } = await ask(client, wanted, target, options.clearHang === true);
    if (!options.json && consequence !== '') note(consequence);
    if (!changes) {
      finish(options, document, `asked: ${names.join(', ')}`);
      return 0;
    }
    const outcomes = await awaitSettled(client, { names, wanted, waitMs, changes });
    if (outcomes.length === 0 && !options.json) note('There is nothing to do: the group is empty.');
    return reportOutcomes(outcomes, options.json === true, document);
  });
}

interface Answer {
  readonly names: readonly string[];
  readonly consequence: string;
  readonly document: Readonly<Record<string, unknown>>;
}

async function ask(client: ControlClient, wanted: Wanted, target: Target, clearHang: boolean): Promise<Answer> {
  if (wanted === 'Online') {
    const { names, alsoWanted } = await client.request('online', { ...target, clearHang });
    const consequence = consequenceOf('also set wanted Online', alsoWanted, 'provider', names);
    return { names, consequence, document: { names, alsoWanted } };
  }
  const { names, dependents } = await client.request('offline', { ...target });
  return {
    names,
    consequence: consequenceOf('goes offline first', dependents, 'dependent', names),
    document: { names, dependents },
  };
}

function consequenceOf(what: string, others: readonly string[], role: string, names: readonly string[]): string {
  return others.length === 0 ? '' : `${what}: ${others.join(', ')} (${role}${others.length === 1 ? '' : 's'} of ${names.join(', ')})`;
}

function secondsToMs(text: string): number {
  const seconds = Number(text);
  if (text.trim() === '' || !Number.isFinite(seconds) || seconds < 0) {
    throw usageError(`--wait takes a number of seconds, not "${text}".`, 'For example: --wait 30, or --wait 0 to return at once.');
  }
  return seconds * 1000;
}
