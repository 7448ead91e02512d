import type { StatusDocument } from '@andon/protocol';
import { AndonError } from '@andon/protocol/errors';
import { suggestion } from '@andon/protocol/suggestions';
import { isTroubled } from './troubles.ts';

/** Names of the resources that --failed and --group leave. */
export function visibleNames(
  { groups, resources }: StatusDocument,
  { failed, group }: { readonly failed?: boolean; readonly group?: string },
): ReadonlySet<string> {
  const known = groups.map(({ name }) => name);
  if (group !== undefined && !known.includes(group)) {
    throw new AndonError('unknownGroup', { name: group, suggestion: suggestion(group, known) });
  }
  return new Set(
    resources
      .filter((resource) => !failed || isTroubled(resource))
      .filter((resource) => group === undefined || resource.group === group)
      .map(({ name }) => name),
  );
}
