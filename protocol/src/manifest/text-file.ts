import type { Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { AndonError } from '../common/errors.ts';

/** A file of configuration as it was read. */
export interface TextFile {
  /** As errors name it. */
  readonly name: string;
  readonly text: string;
  /** What relative paths in it start from. */
  readonly folder: string;
}

/** Looks at a file or folder before anything in it is believed; throws what is wrong with it. */
export type Guard = (path: string, stats: Stats) => void;

/** The file, or standard input for `-`. */
export async function asSource(file: string): Promise<TextFile> {
  if (file !== '-') return readTextFile(file);
  return { name: '(standard input)', text: await readAll(process.stdin), folder: process.cwd() };
}

/** What is looked at is what is read, even if the file is replaced in between. */
export async function readTextFile(path: string, guard: Guard = () => undefined): Promise<TextFile> {
  try {
    const handle = await open(path);
    try {
      guard(path, await handle.stat());
      return { name: path, text: await handle.readFile('utf8'), folder: dirname(resolve(path)) };
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof AndonError) throw error;
    const detail = `${path} cannot be read: ${systemReason(error)}.`;
    throw new AndonError(
      'usage',
      { detail, hint: 'Name a TOML file, or a folder of them, that this user may read, or - for standard input.' },
      { cause: error },
    );
  }
}

/** The code of a system error, such as ENOENT; empty for anything else. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** A system error in words that need no manual. */
export function systemReason(error: unknown): string {
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'it does not exist',
    EACCES: 'permission denied',
    EISDIR: 'it is a folder',
    ENOTDIR: 'a part of its path is not a folder',
    ELOOP: 'its symbolic links go round in a circle',
  };
  return words[systemCode(error)] ?? (error instanceof Error ? error.message : String(error));
}
