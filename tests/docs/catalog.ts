import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { CATALOG, type Entry } from '../../cli/src/catalog.ts';
import { ROOT } from '../integration/docs/documents.ts';

/** The words of a command line that name its command, or why they name none. */
export function commandNamed(words: readonly string[], entries: readonly Entry[] = CATALOG): { path: string[]; problem: string | null } {
  const [word = '', ...others] = words;
  if (word === '' || word.startsWith('-') || word === '…' || word === 'help') return { path: [], problem: null };
  const entry = entries.find(({ name }) => name === word);
  if (!entry) return { path: [], problem: `there is no "${word}"` };
  const below = 'children' in entry ? commandNamed(others, entry.children) : { path: [], problem: null };
  return { path: [entry.name, ...below.path], problem: below.problem };
}

const helpTexts = new Map<string, Promise<string>>();

/** The flags that a command names in its help, those of all commands included. */
export async function flagsOf(path: readonly string[]): Promise<ReadonlySet<string>> {
  const key = path.join(' ');
  const text = helpTexts.get(key) ?? helpOf(path);
  helpTexts.set(key, text);
  return new Set([...(await text).matchAll(/(?<![\w-])--?[A-Za-z][\w-]*/g)].map(([flag]) => flag));
}

async function helpOf(path: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [`${ROOT}cli/bin/andon.js`, ...path, '--help']);
  return stdout;
}
