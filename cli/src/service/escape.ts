import { AndonError } from '@andon/protocol/errors';

/**
 * A word of ExecStart= or Environment= as systemd.syntax(7) and systemd.service(5) read it: `%` begins a specifier, and quotes hold blanks
 * together. A `$` is doubled in arguments only: systemd does not look for variables in the path of the program and in assignments.
 */
export function word(text: string, kind: 'program' | 'argument' | 'assignment'): string {
  if (kind === 'program' && /["'\\]/.test(text)) throw unusable(text, 'systemd runs no program with quotes or backslashes in its path');
  const escaped = escapeSpecifiers(oneLine(text)).replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  const whole = kind === 'argument' ? escaped.replaceAll('$', '$$$$') : escaped;
  return /[\s"'\\;]/.test(whole) ? `"${whole}"` : whole;
}

/** `%` alone has a meaning where a setting is a text or an address. */
export function escapeSpecifiers(text: string): string {
  return text.replaceAll('%', '%%');
}

/** A unit is lines of text; nothing escapes a line break in a path well enough for every reader of the file. */
function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are exactly what this refuses
  if (/[\u0000-\u001f\u007f]/.test(text)) throw unusable(text, 'a unit cannot hold control characters');
  return text;
}

function unusable(text: string, reason: string): AndonError {
  return new AndonError('serviceProgram', { what: 'path', path: JSON.stringify(text), reason });
}
