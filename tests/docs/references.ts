import { existsSync, globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { read, ROOT } from '../integration/docs/documents.ts';

/** A place in a document that refers to something: a link, a path, a command. */
export interface Reference {
  readonly line: number;
  readonly target: string;
}

function matches(text: string, pattern: RegExp): Reference[] {
  return [...text.matchAll(pattern)].map((match) => ({
    line: text.slice(0, match.index).split('\n').length,
    target: match[1] ?? '',
  }));
}

/** What stands in code blocks is no text. Lines keep their numbers. */
function withoutBlocks(text: string): string {
  return text.replaceAll(/^( *)```[^]*?^\1```$/gm, (block) => block.replaceAll(/[^\n]/g, ''));
}

/** Links to other documents, or into this one, that lead to nothing. */
export function brokenLinks(document: string, text = read(document)): Reference[] {
  return matches(withoutBlocks(text), /\]\((?!https?:)([^)\s]+)\)/g).filter(({ target }) => {
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? document : join(dirname(document), path);
    if (path !== '' && !existsSync(join(ROOT, file))) return true;
    return anchor !== undefined && !anchorsOf(path === '' ? text : read(file)).has(anchor);
  });
}

/** As code hosts make them from headings: a heading that comes again gets a number. */
function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const { target } of matches(withoutBlocks(text), /^#+ +(.*?) *$/gm)) {
    const plain = target.replaceAll(/\]\([^)]*\)/g, '').toLowerCase();
    const anchor = plain.replaceAll(/[^\p{L}\p{N}_ -]/gu, '').replaceAll(' ', '-');
    let count = 0;
    while (anchors.has(count === 0 ? anchor : `${anchor}-${count}`)) count++;
    anchors.add(count === 0 ? anchor : `${anchor}-${count}`);
  }
  return anchors;
}

const IN_CODE = /`((?:\.ci|bench|cli|daemon|docs|examples|protocol|resource-host|tests)\/[^`\s]*)`/g;

/** Paths of this repository that the text names, from its root or from the document's folder, and that are not there. */
export function missingPaths(document: string, text = read(document)): Reference[] {
  return matches(withoutBlocks(text), IN_CODE).filter(({ target }) => {
    // `resource-host/src/builtin/NAME` and `rows-*.ts` stand for many.
    const pattern = target.replaceAll(/NAME|NUMBER|DATE/g, '*');
    return [ROOT, join(ROOT, dirname(document))].every((cwd) => globSync(pattern, { cwd }).length === 0);
  });
}

/** Every command line of andon that a document names, without the `andon` before it: in code within the text, and in blocks for a shell. */
export function commandLines(document: string, text = read(document)): Reference[] {
  const inText = matches(withoutBlocks(text), /`(?:npx )?andon ([^`]+)`/g);
  const typed = matches(shellLines(text), /(?:^|[|;&(] *)(?:npx )?andon ([^|;&)\n]+)/gm);
  return [...inText, ...typed];
}

/** The lines of blocks for a shell, without comments; every other line is empty. */
function shellLines(text: string): string {
  let isShell = false;
  return text
    .split('\n')
    .map((line) => {
      const fence = /^ *```(\w*)/.exec(line);
      if (fence) isShell = !isShell && fence[1] === 'sh';
      return isShell && !fence ? line.replace(/(^|\s)#.*$/, '') : '';
    })
    .join('\n');
}
