import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { RULE, rulesOf } from '../../protocol/scripts/protocol-rules.ts';

/** PROTOCOL.md, taken apart by the conventions that it follows itself. */
export const TEXT = readFileSync(fileURLToPath(new URL('../../protocol/PROTOCOL.md', import.meta.url)), 'utf8');

export { rulesOf };

/** Lines that demand something and do not follow the form of a rule. */
export function looseDemands(text: string): string[] {
  return text.split('\n').filter((line) => /\b(MUST|SHOULD)\b/.test(line) && !RULE.test(line) && !line.startsWith('**MUST**'));
}

/** The text under a heading, up to the next heading of the same or a higher level. */
export function section(heading: string): string {
  const level = /^#+/.exec(heading)?.[0].length ?? 1;
  const lines = TEXT.split('\n');
  const start = lines.indexOf(heading);
  if (start === -1) throw new Error(`PROTOCOL.md has no heading "${heading}"`);
  const next = lines.findIndex((line, index) => index > start && new RegExp(`^#{1,${level}} `).test(line));
  return lines.slice(start + 1, next === -1 ? undefined : next).join('\n');
}

/** What the headings of this form name. */
export function headings(form: RegExp): string[] {
  return TEXT.split('\n').flatMap((line) => form.exec(line)?.[1] ?? []);
}

/** Rows of the table below this header row, each as its cells. */
export function table(text: string, header: string): string[][] {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.startsWith(header));
  if (start === -1) throw new Error(`there is no table "${header}"`);
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'));
  return lines.slice(start + 2, end === -1 ? undefined : end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** The words between backquotes. */
export function quoted(cell: string | undefined): string[] {
  return [...(cell ?? '').matchAll(/`([^`]+)`/g)].map(([, word]) => word ?? '');
}

/** The frames of the examples, with their fence's label: `control` for those of the control socket. */
export function exampleFrames(): { readonly control: boolean; readonly line: string }[] {
  return [...TEXT.matchAll(/^```json( control)?\n([^`]*)^```$/gm)].flatMap(([, control, body]) =>
    (body ?? '')
      .trim()
      .split('\n')
      .map((line) => ({ control: control !== undefined, line })),
  );
}
