/** What differs from run to run and from machine to machine, in the order in which it is replaced. */
const VOLATILE: readonly (readonly [pattern: RegExp, word: string])[] = [
  [/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME'],
  [/\b\d\d:\d\d:\d\d(?:\.\d+)?\b/g, 'TIME'],
  [/\b(pid|pids) \d+/g, '$1 PID'],
  [/("(?:\w*[pP]id|monitorProcessId)": ?)\d+/g, '$1PID'],
  [/("(?:monotonicUs|seq|epoch)": ?)\d+/g, '$1NUMBER'],
  [/\b\d+(?:\.\d+)? ?(?:µs|us|ms|s|min|h|d)\b/g, 'DURATION'],
  // Columns are as wide as what stands in them.
  [/ {2,}/g, ' '],
];

/** A page says `/home/ada` for the home of whoever reads it. */
export function normalised(text: string, home = '/home/ada'): string {
  const known = text.replaceAll(home, '~').trimEnd();
  return VOLATILE.reduce((all, [pattern, word]) => all.replaceAll(pattern, word), known)
    .split('\n')
    .map((line) => line.trim())
    .join('\n');
}

/** Whether what was printed is what the page shows. `…` stands for anything within its line; alone in a line, for any lines. */
export function isShown(shown: string, printed: string): boolean {
  const pattern = shown
    .split('\n')
    .map((line) => (line === '…' ? '(?:.*\n)*?' : `${line.split('…').map(literally).join('.*')}\n`))
    .join('');
  return new RegExp(`^${pattern}$`).test(`${printed}\n`);
}

function literally(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
}
