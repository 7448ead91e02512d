import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { asSource, Manifests, type Prepared, readFolder, type TextFile } from '@andon/protocol/manifest';
import { placeText } from '@andon/protocol/errors';
import { DaemonRefusal, usageError } from '../failure.ts';
import { HOST_TOOLS } from './host-tools.ts';

interface Opened {
  readonly manifests: { placed(error: unknown): unknown };
  readonly prepared: Prepared;
  readonly notes: readonly string[];
  readonly warnings: readonly string[];
}

/** Reads and checks one manifest, standard input (`-`), or a folder of manifests. */
export async function openManifests(path: string): Promise<Opened> {
  const { files, notes } = await filesOf(path);
  const manifests = new Manifests(files);
  const { prepared, warnings } = await manifests.prepare(HOST_TOOLS);
  return { manifests: { placed: (error) => placedRefusal(manifests, error) }, prepared, notes, warnings };
}

async function filesOf(path: string): Promise<{ readonly files: readonly TextFile[]; readonly notes: readonly string[] }> {
  const isFolder =
    path !== '-' &&
    (await stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    ));
  if (!isFolder) return { files: [await asSource(path)], notes: [] };
  const folder = await readFolder(path, { loose: true });
  if (!folder || folder.manifests.length === 0) {
    throw usageError(`The folder ${path} holds no manifest.`, 'It may have *.toml in itself, in types.d and in resources.d.');
  }
  const ignored = `${join(path, 'andon.toml')} holds settings of a daemon and is not applied.`;
  return { files: folder.manifests, notes: folder.settings ? [ignored] : [] };
}

/** A refusal of the daemon names the definition; its place in the files is put in front. */
function placedRefusal(manifests: Manifests, error: unknown): unknown {
  if (!(error instanceof DaemonRefusal) || !error.subject) return error;
  const place = manifests.place(error.subject);
  if (!place) return error;
  const { code, message, remedy, exit, subject } = error;
  return new DaemonRefusal({ code, message: `${placeText(place)}: ${message}`, remedy, exit, subject });
}
