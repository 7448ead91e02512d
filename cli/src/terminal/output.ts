import { styleText } from 'node:util';

export type Style = 'green' | 'red' | 'yellow' | 'dim' | 'bold' | 'none';
export interface Cell {
  readonly text: string;
  readonly style: Style;
}

/** The one JSON document of a command. Indented for a person only: programs read a single line. */
export function writeJson(value: unknown): void {
  writeLine(JSON.stringify(value, null, process.stdout.isTTY ? 2 : 0));
}

export function writeLine(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Everything that is not the answer itself goes to standard error, so that a pipe gets the answer alone. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Text of a host or resource with nothing in it that could move a terminal's cursor. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are exactly what this replaces
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}

/** Colour on a terminal only; `styleText` honours NO_COLOR and FORCE_COLOR. */
export function paint(style: Style, text: string): string {
  if (style === 'none') return text;
  const [before = '', after = ''] = (BRUSHES[style] ??= styleText(style, '\n', { stream: process.stdout }).split('\n'));
  return `${before}${text}${after}`;
}

/** Made once each: whether to colour at all is asked of the environment, which takes longer than all the rest of a line. */
const BRUSHES: { [style in Style]?: readonly string[] } = {};

export function styleOfState(state: string): Style {
  if (state === 'Online' || state === 'up') return 'green';
  if (state === 'Failed' || state === 'quarantined') return 'red';
  if (state === 'Offline' || state === 'down') return 'dim';
  return 'yellow';
}

/** No longer than that, by default than a line of the terminal: what is left out is marked. Without a terminal nothing is cut. */
export function cut(text: string, width: number = process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY): string {
  return text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text;
}

/** Columns padded to their widest cell. On a terminal the last one is cut at the edge instead of wrapping. */
export function table(head: readonly string[], rows: readonly (readonly (string | Cell)[])[]): string {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'string' ? { text: cell, style: 'none' as const } : cell)));
  const all = [head.map((text): Cell => ({ text, style: 'bold' })), ...cells];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.text.length ?? 0)));
  return all.map((row) => renderRow(row, widths)).join('\n');
}

function renderRow(row: readonly Cell[], widths: readonly number[]): string {
  let room = process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY;
  return row
    .map(({ text, style }, column) => {
      const last = column === row.length - 1;
      const shown = last ? cut(text, room) : text;
      room -= (widths[column] ?? 0) + 2;
      return paint(style, shown) + (last ? '' : ' '.repeat(Math.max(0, (widths[column] ?? 0) - shown.length) + 2));
    })
    .join('')
    .trimEnd();
}

/** `name: value` lines, values in one column; an empty value is left out. */
export function facts(pairs: readonly (readonly [name: string, value: string])[]): string {
  const shown = pairs.filter(([, value]) => value !== '');
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${paint('dim', `${name}:`)}${' '.repeat(width - name.length + 1)}${value}`).join('\n');
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

type Environment = Readonly<Record<string, string | undefined>>;

export interface Glyphs {
  readonly branch: string;
  readonly lastBranch: string;
  readonly trunk: string;
  readonly gap: string;
  readonly online: string;
  readonly offline: string;
  readonly failed: string;
  readonly moving: string;
  readonly waiting: string;
  readonly unknown: string;
  readonly rule: string;
  readonly arrow: string;
}

const UNICODE: Glyphs = {
  branch: '├─ ',
  lastBranch: '└─ ',
  trunk: '│  ',
  gap: '   ',
  online: '●',
  offline: '○',
  failed: '✗',
  moving: '◐',
  waiting: '◌',
  unknown: '?',
  rule: '──',
  arrow: '→',
};

const ASCII: Glyphs = {
  branch: '|- ',
  lastBranch: '`- ',
  trunk: '|  ',
  gap: '   ',
  online: '*',
  offline: '-',
  failed: 'X',
  moving: '~',
  waiting: '.',
  unknown: '?',
  rule: '--',
  arrow: '->',
};

/** A serial console, a rescue system, `LANG=C`: what cannot be drawn there would be noise at the worst time. As systemctl decides it. */
export function glyphs(env: Environment = process.env): Glyphs {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return /utf-?8/i.test(locale) ? UNICODE : ASCII;
}
