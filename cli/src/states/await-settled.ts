import type { ResourceStatus } from '@andon/protocol';
import { AndonError, EXIT } from '@andon/protocol/errors';
import type { Changes } from '../connection/changes.ts';
import type { ControlClient } from '../connection/client.ts';
import { type Failure, errorDocument, highestExit, printFailure } from '../failure.ts';
import { note, printable, writeJson } from '../terminal/output.ts';
import { progressLine } from '../terminal/progress.ts';
import { judge, missingProviders, type Verdict, type Wanted, whyNot } from './settle.ts';

export interface Outcome {
  readonly resource: ResourceStatus;
  readonly exit: number;
  readonly failure: Failure | null;
}

/**
 * Waits until every one of `names` has settled, or until `waitMs` are over (`null`: as long as it takes). `changed` tells
 * that something happened; the daemon is asked then, and never by the clock.
 */
export async function awaitSettled(
  client: ControlClient,
  wait: {
    readonly names: readonly string[];
    readonly wanted: Wanted;
    readonly waitMs: number | null;
    readonly changes: Changes;
  },
): Promise<readonly Outcome[]> {
  // Asked for no names, the daemon would tell of all.
  if (wait.names.length === 0) return [];
  const untilMs = wait.waitMs === null ? null : Date.now() + wait.waitMs;
  const progress = progressLine();
  try {
    for (;;) {
      const all = await statusWithProviders(client, wait.names);
      const own = wait.names.flatMap((name) => all.find((resource) => resource.name === name) ?? []);
      const verdicts = own.map((resource) => judge(resource, wait.wanted, all, untilMs));
      const expired = untilMs !== null && Date.now() >= untilMs;
      if (expired || !verdicts.includes(null)) {
        return own.map((resource, index) => outcomeOf(resource, wait.wanted, verdicts[index] ?? expiry(resource, wait.waitMs)));
      }
      progress.show(
        own
          .filter((_, index) => verdicts[index] === null)
          .map((resource) => describe(resource))
          .join(', '),
      );
      await wait.changes.next(untilMs);
    }
  } finally {
    progress.clear();
  }
}

async function statusWithProviders(client: ControlClient, names: readonly string[]): Promise<ResourceStatus[]> {
  const asked = new Set(names);
  for (;;) {
    const document = await client.request('status', { names: [...asked] });
    const missing = missingProviders(document).filter((name) => !asked.has(name));
    if (missing.length === 0) return document.resources;
    for (const name of missing) asked.add(name);
  }
}

function describe({ name, state, waitingFor, statusText }: ResourceStatus): string {
  const why = waitingFor.length > 0 ? `waiting for ${waitingFor.join(', ')}` : statusText;
  return printable(`${name} ${state}${why === '' ? '' : `: ${why}`}`);
}

function expiry(resource: ResourceStatus, waitMs: number | null): NonNullable<Verdict> {
  return { exit: EXIT.notReached, reason: `${(waitMs ?? 0) / 1000} s were not enough; ${whyNot(resource)}` };
}

function outcomeOf(resource: ResourceStatus, wanted: Wanted, { exit, reason }: NonNullable<Verdict>): Outcome {
  const { name, state, host } = resource;
  if (exit === EXIT.done) return { resource, exit, failure: null };
  const values = { name, state, wanted, host, reason: printable(reason).replace(/\.$/, '') };
  return {
    resource,
    exit,
    failure: new AndonError(exit === EXIT.hostTrouble ? 'hostTrouble' : 'notReached', values),
  };
}

/** Tells how it ended, and answers the exit code: of several resources the highest. */
export function reportOutcomes(outcomes: readonly Outcome[], json: boolean, document: Readonly<Record<string, unknown>>): number {
  const exit = highestExit(outcomes.map((outcome) => outcome.exit));
  const worst = outcomes.find((outcome) => outcome.exit === exit)?.failure;
  if (json) {
    const resources = outcomes.map((outcome) => outcome.resource);
    writeJson({
      ok: exit === EXIT.done,
      ...(worst ? { error: errorDocument(worst) } : {}),
      ...document,
      resources,
    });
  }
  for (const { resource, failure } of outcomes) {
    if (failure) printFailure(failure);
    else if (!json) note(`${resource.name} is ${resource.state}${contractOf(resource)}`);
  }
  return exit;
}

function contractOf({ contract }: ResourceStatus): string {
  if (contract === null) return '';
  return contract === 'event' ? ' (event handle)' : ' (polled)';
}
