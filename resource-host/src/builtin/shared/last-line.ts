/** The last line that is not blank, without control characters. */
export function lastLine(text: string): string {
  return readable(text.split('\n').findLast((line) => line.trim() !== '') ?? '');
}

export function readable(line: string): string {
  return line.replaceAll(/\p{Cc}/gu, ' ').trim();
}
