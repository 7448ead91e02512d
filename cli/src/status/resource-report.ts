import type { ResourceStatus } from '@andon/protocol';
import { treeOf } from './dependency-tree.ts';
import { resourceFacts } from './resource-facts.ts';
import { treeText } from './tree-text.ts';

/** Some resources in full, each with what it depends on and who depends on it. */
export function resourcesText(all: readonly ResourceStatus[], names: readonly string[]): string {
  const nowMs = Date.now();
  return names
    .flatMap((name) => all.find((resource) => resource.name === name) ?? [])
    .map((resource) => {
      const dependents = all.filter(({ dependsOn }) => dependsOn.includes(`[${resource.name}]`)).map(({ name }) => name);
      const facts = resourceFacts(resource, dependents);
      if (resource.dependsOn === '') return facts;
      return `${facts}\n\n${treeText([{ group: null, roots: [treeOf(resource, all)] }], all, nowMs)}`;
    })
    .join('\n\n');
}
