import type { StatusDocument } from '@andon/protocol';
import { dependencyTree } from './dependency-tree.ts';
import { cut, paint, plural, printable, glyphs } from '../terminal/output.ts';
import { STYLE_OF, treeText } from './tree-text.ts';
import { type Attention, attentionOf, countsOf } from './troubles.ts';
import { span } from '../terminal/words.ts';

/** More of them are a list of their own: `andon status --failed`. */
const MOST_ATTENTION = 10;

/** `andon status` for people: what needs them first, then everything as a tree. `visible`, if given, names what is shown of it. */
export function statusText(document: StatusDocument, visible: ReadonlySet<string> | null): string {
  const nowMs = Date.now();
  const { resources } = document;
  const head = [daemonLine(document, nowMs), summaryLine(document)];
  const attention = attentionText(attentionOf(document, nowMs));
  const body = resources.length === 0 ? noResources() : treeText(dependencyTree(resources, visible), resources, nowMs);
  const parts = [head.join('\n'), attention, visible?.size === 0 ? 'Nothing to show.' : body].filter((part) => part !== '');
  const text = parts.join('\n\n');
  // What was said at the top has left the screen by now.
  return isTallerThanTerminal(text) ? `${text}\n\n${summaryLine(document)}` : text;
}

function daemonLine({ daemon }: StatusDocument, nowMs: number): string {
  const up = span(nowMs - Date.parse(daemon.startedAt));
  return cut(`andond ${daemon.version} (${daemon.scope}), pid ${daemon.pid}, up ${up}, ${daemon.runtimeDir}`);
}

function summaryLine({ resources, hosts }: StatusDocument): string {
  const counts = countsOf(resources);
  return paint(
    'bold',
    cut(`${plural(resources.length, 'resource')}${counts === '' ? '' : `: ${counts}`}; ${plural(hosts.length, 'host')}`),
  );
}

function noResources(): string {
  return 'There are no resources. Configure one with: andon resource add NAME --type TYPE';
}

function attentionText(all: readonly Attention[]): string {
  if (all.length === 0) return '';
  const { arrow, ...signs } = glyphs();
  const lines = all
    .slice(0, MOST_ATTENTION)
    .flatMap(({ condition, subject, what, facts, next }) => [
      `${paint(STYLE_OF[condition], signs[condition])} ${cut(`${subject}: ${printable(what)}`, widthBeside(2))}`,
      ...(facts.length === 0 ? [] : [`  ${cut(facts.join('; '), widthBeside(2))}`]),
      cut(`  ${arrow} ${next}`),
    ]);
  const more = all.length > MOST_ATTENTION ? [`  and ${all.length - MOST_ATTENTION} more: andon status --failed`] : [];
  return [paint('bold', 'Needs attention'), ...lines, ...more].join('\n');
}

function widthBeside(used: number): number {
  return process.stdout.isTTY ? process.stdout.columns - used : Number.POSITIVE_INFINITY;
}

function isTallerThanTerminal(text: string): boolean {
  return process.stdout.isTTY && text.split('\n').length >= process.stdout.rows;
}
