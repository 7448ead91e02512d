import type { Path } from './problems.ts';

export interface Position {
  readonly line: number;
  readonly column: number;
}
interface Line {
  readonly text: string;
  readonly number: number;
}

/**
 * Line and column of a key in TOML text, as well as that can be told without the parser's help: the table by counting its
 * headers, the key by its first mention in it, whether it stands in a header, before a dot, or in an inline table.
 */
export function locate(source: string, path: Path): Position {
  const [table, index, ...keys] = path;
  const lines = source.split('\n').map((text, at): Line => ({ text, number: at + 1 }));
  const section = typeof index === 'number' ? nthTable(lines, String(table), index) : lines;
  const wanted = (typeof index === 'number' ? keys : path).filter((key) => typeof key === 'string');
  for (let depth = wanted.length; depth > 0; depth--) {
    const found = findKey(section, wanted.slice(0, depth));
    if (found) return found;
  }
  return { line: section[0]?.number ?? 1, column: 1 };
}

/** The lines of the n-th `[[table]]` (or the `[table]`), with its sub-tables. */
function nthTable(lines: readonly Line[], table: string, index: number): readonly Line[] {
  const headers = lines.filter(({ text }) => isHeader(text));
  const starts = headers.filter(({ text }) => headerPath(text) === table);
  const start = starts[index];
  if (!start) return lines;
  const end = headers.find(({ text, number }) => number > start.number && !headerPath(text).startsWith(`${table}.`));
  return lines.slice(start.number - 1, end ? end.number - 1 : lines.length);
}

/** Looks for each key after the one that holds it, so that `RestartDelay` of `property` is not one of `set`. */
function findKey(section: readonly Line[], keys: readonly string[]): Position | null {
  let from: Position = { line: section[0]?.number ?? 1, column: 0 };
  for (const key of keys) {
    const found = nextMention(section, key, from);
    if (!found) return null;
    from = found;
  }
  return from;
}

function nextMention(section: readonly Line[], key: string, from: Position): Position | null {
  const escaped = key.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const mention = new RegExp(`(?<=^|[\\s{,.[])(?:${escaped}|"${escaped}"|'${escaped}')(?=\\s*[=.\\]])`, 'g');
  for (const { text, number } of section) {
    if (number < from.line || text.trimStart().startsWith('#')) continue;
    for (const match of text.matchAll(mention)) {
      const column = match.index + 1;
      if (number > from.line || column > from.column) return { line: number, column };
    }
  }
  return null;
}

function isHeader(text: string): boolean {
  return /^\s*\[{1,2}[^[\]]+\]{1,2}\s*(#.*)?$/.test(text);
}

function headerPath(text: string): string {
  return text.replace(/#.*$/, '').replace(/[[\]"'\s]/g, '');
}
