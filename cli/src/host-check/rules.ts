import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { ProtocolRule } from '@andon/protocol';

/** The rules of PROTOCOL.md that bind a host, in the order of its text. */
export function hostRules(): readonly ProtocolRule[] {
  const path = createRequire(import.meta.url).resolve('@andon/protocol/schema/rules.json');
  const all = ProtocolRule.array().parse(JSON.parse(readFileSync(path, 'utf8')));
  return all.filter(({ binds }) => binds.includes('host'));
}
