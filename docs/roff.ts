/** Longest line of a source file that mandoc takes without a remark. */
const SOURCE_WIDTH = 78;

/** A longer word, such as the shape of a document, may be broken behind its commas. */
const UNBROKEN = 40;

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\e',
  '-': '\\-',
  "'": '\\(aq',
  '`': '\\(ga',
  '^': '\\(ha',
  '~': '\\(ti',
  '"': '\\(dq',
};

/** Text with nothing in it that the formatter would take for its own. */
export function roff(text: string): string {
  const escaped = text.replace(/[\\\-'`^~"]|[^ -~]/g, (character) => {
    const known = ESCAPES[character];
    return known ?? `\\[u${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`;
  });
  return escaped.replace(/^\./, '\\&.');
}

export function bold(text: string): string {
  return text === '' ? '' : `\\fB${roff(text)}\\fR`;
}

export function italic(text: string): string {
  return text === '' ? '' : `\\fI${roff(text)}\\fR`;
}

/** Words of a paragraph, broken where the source line is full. Words may hold font changes. */
export function filled(text: string): string {
  const lines: string[] = [];
  for (const whole of text.split(' ')) {
    const word = whole.length > UNBROKEN ? whole.replace(/,(?=.)/g, ',\\:') : whole;
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= SOURCE_WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  // A line must not begin with what looks like a request.
  return lines.map((line) => (/^[.']/.test(line) ? `\\&${line}` : line)).join('\n');
}

/** Lines that stay as they are. One that is too long for a source line goes on behind a backslash, which joins them again. */
export function verbatim(lines: readonly string[]): string {
  return ['.nf', ...lines.map((line) => folded(roff(line))), '.fi'].join('\n');
}

function folded(line: string): string {
  const parts: string[] = [];
  let rest = line;
  while (rest.length > SOURCE_WIDTH) {
    const at = rest.lastIndexOf(' ', SOURCE_WIDTH - 2);
    if (at <= 0) break;
    parts.push(rest.slice(0, at + 1));
    rest = rest.slice(at + 1);
  }
  return [...parts, rest].join('\\\n');
}
