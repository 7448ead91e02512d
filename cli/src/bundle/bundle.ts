import { basename, join } from 'node:path';
import type { AndonEvent, Configuration, StatusDocument } from '@andon/protocol';
import { connectDaemon } from '../connection/connect.ts';
import { runChecks } from '../doctor/checks.ts';
import { asFailure } from '../failure.ts';
import { readIncidents } from '../incidents/folder.ts';
import { writeManifest } from '@andon/protocol/manifest';
import type { PlaceFlags } from '../connection/places.ts';
import type { Progress } from '../terminal/progress.ts';
import { usualStateDirectory } from '../connection/state-directory.ts';
import { Archive, type ArchiveEntry, refuseExisting } from './archive.ts';
import { readEvents, readStored } from './configured.ts';
import { logPieces } from './logs.ts';
import { machineFacts, processFacts, serviceJournal } from './machine.ts';
import { readme } from './readme.ts';
import { Redactor } from './redactor.ts';
import { SecretFinder } from './secrets.ts';

/** A daemon that hangs is a reason for a bundle, and must not keep it from being made. */
const ANSWER_LIMIT_MS = 5_000;

export interface BundleWish {
  readonly path: string;
  readonly isForced: boolean;
  readonly flags: PlaceFlags;
  readonly progress: Progress;
}

export interface Bundled {
  readonly bytes: number;
  readonly entries: readonly ArchiveEntry[];
  /** Values that were left out, and how often one was replaced elsewhere. */
  readonly leftOut: { readonly values: number; readonly replaced: number };
  readonly warnings: readonly string[];
}

/** What a daemon that answers says; nothing of it when none does. */
interface Live {
  readonly status: StatusDocument | null;
  readonly configuration: Configuration | null;
  readonly events: readonly AndonEvent[] | null;
  readonly warning: string | null;
}

/** One archive with everything that explains how this andon is, and no secret in it. */
export async function makeBundle({ path, isForced, flags, progress }: BundleWish): Promise<Bundled> {
  await refuseExisting(path, isForced);
  const archive = await Archive.begin(basename(path).replace(/(\.tar\.gz|\.tgz)?$/, ''));
  try {
    const gathered = await gather(archive, flags, progress);
    progress.show('packing');
    return { ...gathered, bytes: await archive.write(path, isForced), entries: archive.entries };
  } finally {
    await archive.discard();
  }
}

async function gather(archive: Archive, flags: PlaceFlags, progress: Progress): Promise<Pick<Bundled, 'leftOut' | 'warnings'>> {
  progress.show('asking the daemon');
  const live = await askDaemon(flags);
  const stateDir = live.status?.daemon.stateDir ?? usualStateDirectory(flags);
  progress.show('reading the store');
  const stored = await readStored(stateDir);
  // What is secret must be known before the first file is written.
  const finder = new SecretFinder();
  for (const token of stored.tokens) finder.learn(token);
  const configurations = [stored.configuration, live.configuration].map((one) => one && finder.configuration(one));
  const configuration = configurations[1] ?? configurations[0] ?? null;
  const redactor = new Redactor(finder.values);
  const json = (name: string, value: unknown): Promise<void> => archive.add(name, `${JSON.stringify(redactor.value(value), null, 2)}\n`);

  await json('versions.json', await machineFacts(live.status));
  await archive.add('process.txt', redactor.text(await processFacts(live.status?.daemon.pid ?? null)));
  if (live.status) await json('status.json', live.status);
  if (configuration) {
    await json('configuration.json', configuration);
    await archive.add('configuration.toml', redactor.text(writeManifest(configuration)));
  }
  progress.show('examining this machine');
  await json('doctor.json', { checks: await runChecks(flags) });
  progress.show('reading events and incidents');
  const events = live.events ?? stored.events;
  await archive.add('events.ndjson', events.map((event) => `${JSON.stringify(redactor.value(event))}\n`).join(''));
  for (const incident of await readIncidents(join(stateDir, 'incidents')).catch(() => []))
    await json(`incidents/${incident.id}.json`, incident);
  progress.show('reading logs');
  for await (const { name, text } of logPieces(stateDir)) await archive.add(redactor.text(name), redactor.text(text));
  const journal = await serviceJournal();
  if (journal !== null) await archive.add('logs/journal.txt', redactor.text(journal));

  const warnings = [live.warning, stored.warning].filter((warning) => warning !== null);
  const leftOut = { values: finder.values.size, replaced: redactor.count };
  // What its own text calls a password is none.
  const facts = { stateDir: redactor.text(stateDir), warnings: warnings.map((warning) => redactor.text(warning)) };
  await archive.add('README.txt', readme({ ...facts, entries: archive.entries, leftOut, isLive: live.status !== null }));
  return { leftOut, warnings };
}

async function askDaemon(flags: PlaceFlags): Promise<Live> {
  const live: { -readonly [K in keyof Live]: Live[K] } = { status: null, configuration: null, events: null, warning: null };
  try {
    const { client } = await connectDaemon(flags);
    try {
      live.status = await client.request('status', {}, ANSWER_LIMIT_MS);
      live.configuration = await client.request('export', {});
      live.events = await readEvents(client, live.status.daemon.seq);
    } finally {
      client.close();
    }
  } catch (error) {
    live.warning = `${asFailure(error).message} What is on the disk was taken instead.`;
  }
  return live;
}
