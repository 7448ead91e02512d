import type { ResourceStatus } from '@andon/protocol';
import type { Section, TreeNode } from './dependency-tree.ts';
import { cut, paint, printable, type Style, type Glyphs, glyphs } from '../terminal/output.ts';
import { type Condition, conditionOf, countsOf, reasonsOf } from './troubles.ts';

export const STYLE_OF: Readonly<Record<Condition, Style>> = {
  online: 'green',
  failed: 'red',
  waiting: 'yellow',
  moving: 'yellow',
  unknown: 'yellow',
  offline: 'dim',
};

/** A line of the tree: a resource with its columns, or words that stand below one. */
interface Line {
  /** The lines that lead to it. */
  readonly guide: string;
  readonly sign: string;
  readonly style: Style;
  readonly name: string;
  readonly cells: readonly string[];
}
const HEAD: readonly string[] = ['STATE', 'TYPE', 'CONTRACT', 'HOST', 'RESTARTS', 'NOTE'];

/** Sections below each other, in common columns. Without groups there are no headings, without dependencies it is a flat list. */
export function treeText(sections: readonly Section[], all: readonly ResourceStatus[], nowMs: number): string {
  const writer = new TreeWriter(all, nowMs);
  const isHeaded = sections.some(({ group }) => group !== null);
  for (const { group, roots } of sections) {
    if (isHeaded) writer.heading(group);
    for (const root of roots) writer.root(root);
  }
  return writer.text();
}

class TreeWriter {
  readonly #lines: Line[] = [];
  readonly #glyphs: Glyphs = glyphs();
  readonly #byName: ReadonlyMap<string, ResourceStatus>;
  readonly #nowMs: number;

  constructor(all: readonly ResourceStatus[], nowMs: number) {
    this.#byName = new Map(all.map((resource) => [resource.name, resource]));
    this.#nowMs = nowMs;
  }

  heading(group: string | null): void {
    const members = [...this.#byName.values()].filter((resource) => resource.group === group);
    const name = `${group === null ? 'in no group' : `group ${group}`}: ${countsOf(members)}`;
    this.#lines.push({ guide: '', sign: '', style: 'bold', name, cells: [] });
  }

  root(node: TreeNode): void {
    this.#add(node, '', '');
  }

  /** `guide` leads to this line, `below` to those under it. */
  #add(node: TreeNode, guide: string, below: string): void {
    if (node.kind === 'resource') this.#addResource(node.resource, node.children.length > 0, guide, below);
    else if (node.kind === 'reference') this.#addReference(node, guide);
    else if (node.kind === 'missing')
      this.#lines.push({ guide, sign: this.#glyphs.unknown, style: 'red', name: node.name, cells: ['is not configured'] });
    else this.#lines.push({ guide, sign: '', style: 'dim', name: node.kind === 'or' ? 'one of' : 'all of', cells: [] });
    if (node.kind === 'reference' || node.kind === 'missing') return;
    node.children.forEach((child, index) => {
      const isLast = index === node.children.length - 1;
      const { branch, lastBranch, trunk, gap } = this.#glyphs;
      this.#add(child, below + (isLast ? lastBranch : branch), below + (isLast ? gap : trunk));
    });
  }

  #addResource(resource: ResourceStatus, hasChildren: boolean, guide: string, below: string): void {
    const { name, state, type, contract, host, restarts, statusText } = resource;
    const condition = conditionOf(resource);
    const reasons = reasonsOf(resource, this.#byName, this.#nowMs);
    const cells = [
      state,
      type,
      contract ?? '',
      host,
      restarts > 0 ? String(restarts) : '',
      reasons.length > 0 ? '' : printable(statusText),
    ];
    this.#lines.push({ guide, ...this.#sign(condition), name, cells });
    const lead = below + (hasChildren ? this.#glyphs.trunk : this.#glyphs.gap);
    for (const words of reasons) this.#lines.push({ guide: lead, sign: '', style: STYLE_OF[condition], name: words, cells: [] });
  }

  #addReference({ resource, where }: Extract<TreeNode, { kind: 'reference' }>, guide: string): void {
    this.#lines.push({ guide, ...this.#sign(conditionOf(resource)), name: resource.name, cells: [resource.state, `(${where})`] });
  }

  #sign(condition: Condition): Pick<Line, 'sign' | 'style'> {
    return { sign: this.#glyphs[condition], style: STYLE_OF[condition] };
  }

  text(): string {
    const rows = this.#lines.filter(({ cells }) => cells.length > 0);
    // A reference has words in the column of the type, which must not push the others aside.
    const full = rows.filter(({ cells }) => cells.length === HEAD.length);
    const nameWidth = widest(
      rows.map((line) => leadOf(line).length + line.name.length),
      8,
    );
    const widths = HEAD.map((title, column) =>
      widest(
        full.map(({ cells }) => cells[column]?.length ?? 0),
        0,
        title.length,
      ),
    );
    const head = rows.length > 0 ? [renderHead(nameWidth, widths)] : [];
    return [...head, ...this.#lines.map((line) => render(line, nameWidth, widths))].join('\n');
  }
}

function leadOf({ guide, sign }: Line): string {
  return sign === '' ? guide : `${guide}${sign} `;
}

/** A column that is empty everywhere has no width, and no title. */
function widest(lengths: readonly number[], least: number, titleLength = 0): number {
  const most = lengths.reduce((widest, length) => Math.max(widest, length), least);
  return most === 0 ? 0 : Math.max(most, titleLength);
}

function renderHead(nameWidth: number, widths: readonly number[]): string {
  const titles = HEAD.map((title, column) => ((widths[column] ?? 0) > 0 ? `  ${title.padEnd(widths[column] ?? 0)}` : ''));
  return paint('bold', cut(`${'RESOURCE'.padEnd(nameWidth)}${titles.join('')}`.trimEnd()));
}

function render(line: Line, nameWidth: number, widths: readonly number[]): string {
  const { guide, sign, style, name, cells } = line;
  const lead = leadOf(line);
  const width = process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY;
  if (cells.length === 0) return paint('dim', guide) + paint(style, cut(name, width - guide.length));
  const state = cells[0] ?? '';
  const start = `${name.padEnd(nameWidth - lead.length)}  `;
  const rest = cells.slice(1).map((text, index) => ((widths[index + 1] ?? 0) > 0 ? `  ${text.padEnd(widths[index + 1] ?? 0)}` : ''));
  const columns = cut(`${start}${state.padEnd(widths[0] ?? 0)}${rest.join('')}`.trimEnd(), width - lead.length);
  const at = start.length;
  return `${paint('dim', guide)}${paint(style, sign)} ${columns.slice(0, at)}${paint(style, columns.slice(at, at + state.length))}${columns.slice(at + state.length)}`;
}
