import { resolve } from 'node:path';
import { readSmallFile, readTrouble } from './small-file.ts';

/** `-` in front of the path: the file may be missing. */
const MAY_BE_MISSING = '-';

const ASSIGNMENT = /([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*/y;
const COMMENT_OR_BLANK = /(?:[ \t]*(?:[#;][^\n]*)?\n)*[ \t]*(?:[#;][^\n]*$)?/y;

/** What a value is made of, and what each part of it stands for. */
const PARTS: readonly (readonly [RegExp, (inner: string) => string])[] = [
  [/'([^']*)'/y, (inner) => inner],
  [/"((?:[^"\\]|\\[^])*)"/y, (inner) => inner.replaceAll(/\\([$"`\\])/g, '$1').replaceAll('\\\n', '')],
  [/\\(?:\n|$)()/y, () => ''],
  [/\\([^])/y, (inner) => inner],
  [/[ \t]+()(?=\n|$)/y, () => ''],
  [/([^'"\\\n]+?)(?=[ \t]*(?:\n|$)|['"\\])/y, (inner) => inner],
];

/** The variables of the property `envFile`. Throws with the path, and the line where there is one. */
export function readEnvironmentFile(envFile: string, cwd: string): Record<string, string> {
  const isOptional = envFile.startsWith(MAY_BE_MISSING);
  const path = resolve(cwd, isOptional ? envFile.slice(MAY_BE_MISSING.length) : envFile);
  try {
    return parseEnvironmentFile(readSmallFile(path).text, path);
  } catch (cause) {
    if (cause instanceof SyntaxError) throw cause;
    const trouble = readTrouble(cause);
    if (isOptional && trouble === 'ENOENT') return {};
    const remedy = trouble === 'ENOENT' ? `; make it, or set envFile=-${path} if it may be missing` : '';
    throw new Error(`envFile ${path} cannot be read (${trouble})${remedy}`, { cause });
  }
}

/** The syntax of EnvironmentFile= of systemd.exec(5); but a line that is no assignment is a mistake here. */
export function parseEnvironmentFile(given: string, path: string): Record<string, string> {
  const text = given.replaceAll('\r\n', '\n');
  const variables: Record<string, string> = {};
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text) ?? undefined;
    if (found) at += found[0].length;
    return found;
  };
  // The line itself is not shown: such files hold passwords.
  const mistake = (what: string): Error => {
    const line = text.slice(0, at).split('\n').length;
    return new SyntaxError(`envFile ${path}:${line}: ${what}`);
  };
  for (;;) {
    take(COMMENT_OR_BLANK);
    if (at >= text.length) return variables;
    const name = take(ASSIGNMENT)?.[1];
    if (name === undefined) throw mistake('not NAME=VALUE');
    let value = '';
    while (at < text.length && text[at] !== '\n') {
      const part = takePart(take);
      if (part === undefined) throw mistake(`the quote in the value of ${name} is not closed`);
      value += part;
    }
    if (value.includes('\0')) throw mistake(`the value of ${name} holds a NUL character`);
    variables[name] = value;
  }
}

function takePart(take: (pattern: RegExp) => RegExpExecArray | undefined): string | undefined {
  for (const [pattern, valueOf] of PARTS) {
    const found = take(pattern);
    if (found) return valueOf(found[1] ?? '');
  }
  return undefined;
}
