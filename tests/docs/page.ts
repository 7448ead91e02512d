import { read } from '../integration/docs/documents.ts';

/** What a reader would do next: save a file, or type commands. */
export type Step = FileStep | CommandStep;

export interface FileStep {
  readonly kind: 'file';
  readonly line: number;
  readonly name: string;
  readonly text: string;
}

export interface CommandStep {
  readonly kind: 'commands';
  readonly line: number;
  readonly text: string;
  /** Why nobody runs it here; null = it is run. */
  readonly notRun: string | null;
  /** Shell commands for what the reader has already, such as a server to connect to. */
  readonly first: readonly string[];
  /** `NAME=VALUE`: the word NAME in the commands stands for that value. */
  readonly fillIns: readonly string[];
  readonly exitCode: number;
  /** What the commands print, when the page shows it. */
  readonly output: string | null;
}

export interface Page {
  readonly name: string;
  readonly steps: readonly Step[];
  /** Marks and blocks that nobody can make sense of, one line each. */
  readonly problems: readonly string[];
}

const MARK = /^<!-- (not run|run first|run with|exits with|file|not compared): ([^]*?)\s*-->$/;
const WHOLE_PAGE = /^<!-- no command of this page is run: ([^]*?)\s*-->$/m;

interface Mark {
  readonly line: number;
  readonly mark: string;
  readonly value: string;
}
interface Fence {
  readonly line: number;
  readonly language: string;
  readonly text: string;
  readonly marks: readonly Mark[];
  /** Nothing but empty lines and comments stand between it and the block before. */
  readonly follows: boolean;
}

/** Reads the marks of a page; CONTRIBUTING.md, "Documents", says what each of them means. */
export function readPage(name: string, text = read(name)): Page {
  const { fences, strayMarks } = fencesOf(text);
  const problems = strayMarks.map(({ line, mark }) => `${name}:${line}: "${mark}" stands before no block`);
  const [, wholePage = null] = WHOLE_PAGE.exec(text) ?? [];
  const steps = fences.flatMap((fence, index): Step[] => {
    const file = valueOf(fence, 'file');
    if (file !== undefined) return [{ kind: 'file', line: fence.line, name: file, text: fence.text }];
    if (fence.language !== 'sh') return [];
    const shown = fences[index + 1];
    if (shown?.follows && shown.language === '') problems.push(`${name}:${shown.line}: name its language; text is what the commands print`);
    return [commandStep(fence, shown, wholePage)];
  });
  return { name, steps, problems };
}

function commandStep(fence: Fence, next: Fence | undefined, wholePage: string | null): CommandStep {
  const isOutput = next?.follows === true && next.language === 'text' && valueOf(next, 'not compared') === undefined;
  return {
    kind: 'commands',
    line: fence.line,
    text: fence.text,
    notRun: valueOf(fence, 'not run') ?? wholePage,
    first: valuesOf(fence, 'run first'),
    fillIns: valuesOf(fence, 'run with'),
    exitCode: Number(valueOf(fence, 'exits with') ?? 0),
    output: isOutput ? next.text : null,
  };
}

const valuesOf = ({ marks }: Fence, mark: string): string[] => marks.filter((one) => one.mark === mark).map(({ value }) => value);
const valueOf = (fence: Fence, mark: string): string | undefined => valuesOf(fence, mark)[0];

/** All blocks with the marks above them, and the marks that are above none. */
function fencesOf(text: string): { readonly fences: readonly Fence[]; readonly strayMarks: readonly Mark[] } {
  const fences: Fence[] = [];
  const strayMarks: Mark[] = [];
  let marks: Mark[] = [];
  let follows = false;
  // A block, a comment that stands by itself, or any other line.
  const parts = /^( *)```(\w*)[^\n]*\n([^]*?)^\1```$|^<!--[^]*?-->$|^.*$/gm;
  for (const match of text.matchAll(parts)) {
    const [part, indent, language, body = ''] = match;
    const line = text.slice(0, match.index).split('\n').length;
    if (language !== undefined) {
      fences.push({ line, language, text: unindented(body, indent ?? ''), marks, follows });
      [marks, follows] = [[], true];
    } else if (part.startsWith('<!--')) {
      const [, mark, value = ''] = MARK.exec(part) ?? [];
      if (mark !== undefined) marks.push({ line, mark, value });
    } else if (part !== '') {
      strayMarks.push(...marks);
      [marks, follows] = [[], false];
    }
  }
  return { fences, strayMarks: [...strayMarks, ...marks] };
}

function unindented(body: string, indent: string): string {
  const lines = body.replace(/\n$/, '').split('\n');
  return lines.map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line)).join('\n');
}
