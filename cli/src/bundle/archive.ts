import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { link, lstat, mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { text as readAll } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';
import { AndonError } from '@andon/protocol/errors';
import { errnoOf, reasonOf } from '../failure.ts';

export interface ArchiveEntry {
  readonly name: string;
  readonly bytes: number;
}

/** Files that become one archive. They lie in a private temporary folder until then, with everything secret taken out already. */
export class Archive {
  readonly entries: ArchiveEntry[] = [];
  readonly #folder: string;
  readonly #top: string;

  private constructor(folder: string, top: string) {
    this.#folder = folder;
    this.#top = top;
  }

  /** `top`: the one folder that the archive unpacks to. */
  static async begin(top: string): Promise<Archive> {
    const folder = await mkdtemp(join(tmpdir(), 'andon-bundle-'));
    await mkdir(join(folder, top), { mode: 0o700 });
    return new Archive(folder, top);
  }

  async add(name: string, text: string): Promise<void> {
    const path = join(this.#folder, this.#top, name);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(path, text, { mode: 0o600, flag: 'wx' });
    this.entries.push({ name, bytes: Buffer.byteLength(text) });
  }

  /** Writes the archive, whole or not at all, for its owner alone. Answers its size. */
  async write(path: string, isForced: boolean): Promise<number> {
    const beside = `${path}.${process.pid}.new`;
    try {
      await this.#pack(beside);
      if (isForced) await rename(beside, path);
      else await link(beside, path);
      return (await stat(path)).size;
    } catch (error) {
      if (errnoOf(error) === 'EEXIST') throw new AndonError('fileExists', { path });
      throw writeTrouble(path, error);
    } finally {
      await rm(beside, { force: true }).catch(() => undefined);
    }
  }

  async discard(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #pack(path: string): Promise<void> {
    const tar = spawn('tar', ['-cf', '-', '-C', this.#folder, this.#top], { stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = once(tar, 'close');
    const [complaint, [code]] = await Promise.all([
      readAll(tar.stderr),
      ended,
      pipeline(tar.stdout, createGzip(), createWriteStream(path, { flags: 'wx', mode: 0o600 })),
    ]);
    if (code !== 0) throw new Error(`tar ended with exit code ${String(code)}: ${complaint.trim()}`);
  }
}

/** Said before everything is gathered, and again by the kernel when it is written. */
export async function refuseExisting(path: string, isForced: boolean): Promise<void> {
  const exists = await lstat(path).then(
    () => true,
    (error: unknown) => errnoOf(error) !== 'ENOENT',
  );
  if (exists && !isForced) throw new AndonError('fileExists', { path });
}

function writeTrouble(path: string, error: unknown): AndonError {
  const detail = `The bundle ${path} cannot be written: ${reasonOf(error)}.`;
  const hint = errnoOf(error) === 'ENOENT' ? 'The folder must exist, and tar must be installed.' : 'Name another place with --output.';
  return new AndonError('evidenceTrouble', { detail, hint });
}
