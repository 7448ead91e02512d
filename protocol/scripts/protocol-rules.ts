import type { ProtocolRule } from '@andon/protocol';

/** How PROTOCOL.md writes a rule: its id, whom it binds, what it demands. */
export const RULE = /^- \*\*([A-Z]-[1-9][0-9]*)\*\* \(([a-z, ]+)\) (.+)$/;
const CHAPTER = /^## ([0-9]+\. .+)$/;

/** The rules of the protocol in the order of its text. */
export function rulesOf(text: string): ProtocolRule[] {
  const rules: ProtocolRule[] = [];
  let chapter = '';
  for (const line of text.split('\n')) {
    chapter = CHAPTER.exec(line)?.[1] ?? chapter;
    const [, id, binds, demand] = RULE.exec(line) ?? [];
    if (id === undefined || binds === undefined || demand === undefined) continue;
    rules.push({ id, level: /\bMUST\b/.test(demand) ? 'MUST' : 'SHOULD', binds: binds.split(', '), chapter, text: demand });
  }
  return rules;
}
