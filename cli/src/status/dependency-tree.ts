import type { ResourceStatus } from '@andon/protocol';
import { type Expression, parseExpression } from '@andon/protocol/dependencies';

export type TreeNode =
  | { readonly kind: 'resource'; readonly resource: ResourceStatus; readonly children: readonly TreeNode[] }
  /** Shown in full elsewhere: a resource that several depend on has one place. */
  | { readonly kind: 'reference'; readonly resource: ResourceStatus; readonly where: string }
  /** Alternatives, or what together makes up one of them. */
  | { readonly kind: 'or' | 'and'; readonly children: readonly TreeNode[] }
  | { readonly kind: 'missing'; readonly name: string };

/** One group, or what is in none (`null`). */
export interface Section {
  readonly group: string | null;
  readonly roots: readonly TreeNode[];
}

/** Deeper than this nobody reads, and no line has room: what is below begins again at the edge. */
const DEEPEST = 16;

/**
 * Below a resource stands what it depends on. An administrator at 3 a.m. comes with "web is down" and asks why: the way down from there
 * leads to the cause. (systemctl list-dependencies shows it this way round too.)
 *
 * A group is complete in its own section: what one of its members needs from another group is a reference there. What is in no group
 * stands below the first that needs it. `visible`, if given, names all that may be shown.
 */
export function dependencyTree(resources: readonly ResourceStatus[], visible: ReadonlySet<string> | null = null): readonly Section[] {
  const builder = new TreeBuilder(resources, visible);
  const groups = [...new Set(resources.flatMap(({ group }) => group ?? []))].sort();
  return [...groups, null].map((group) => builder.section(group)).filter(({ roots }) => roots.length > 0);
}

/** One resource and what it depends on, wherever that is. */
export function treeOf(resource: ResourceStatus, all: readonly ResourceStatus[]): TreeNode {
  return new TreeBuilder(all, null).from(resource);
}

/** What has its place in the tree that is built: members of a group with what is in none, or everything. */
type Place = { readonly group: string | null } | 'every';

class TreeBuilder {
  readonly #byName: ReadonlyMap<string, ResourceStatus>;
  readonly #members = new Map<string | null, ResourceStatus[]>();
  readonly #visible: ReadonlySet<string> | null;
  readonly #expressions = new Map<string, Expression>();
  readonly #dependents = new Map<string, string[]>();
  readonly #shown = new Set<string>();

  constructor(resources: readonly ResourceStatus[], visible: ReadonlySet<string> | null) {
    this.#byName = new Map(resources.map((resource) => [resource.name, resource]));
    this.#visible = visible;
    for (const resource of resources) {
      const members = this.#members.get(resource.group);
      if (members) members.push(resource);
      else this.#members.set(resource.group, [resource]);
      if (resource.dependsOn === '' || !this.#isVisible(resource.name)) continue;
      const parsed = parseExpression(resource.dependsOn);
      if (parsed.ok) this.#learn(resource.name, parsed.expression);
    }
  }

  section(group: string | null): Section {
    const members = (this.#members.get(group) ?? []).filter(({ name }) => this.#isVisible(name));
    const first = members.filter((member) => !this.#hasPlaceBelow(member));
    // Whatever was not reached from there comes after: what was too deep, and all of a cycle, which no daemon accepts.
    const roots = [...first, ...members].flatMap((member) => (this.#shown.has(member.name) ? [] : this.#expand(member, { group }, 0)));
    return { group, roots };
  }

  from(resource: ResourceStatus): TreeNode {
    return this.#expand(resource, 'every', 0);
  }

  #isVisible(name: string): boolean {
    return this.#visible === null || this.#visible.has(name);
  }

  #learn(name: string, expression: Expression): void {
    this.#expressions.set(name, expression);
    const note = (term: Expression): void => {
      if (term.kind === 'none') return;
      if (term.kind !== 'resource') return term.terms.forEach(note);
      const before = this.#dependents.get(term.name);
      if (before) before.push(name);
      else this.#dependents.set(term.name, [name]);
    };
    note(expression);
  }

  #hasPlaceBelow({ name, group }: ResourceStatus): boolean {
    return (this.#dependents.get(name) ?? []).some((other) => group === null || this.#byName.get(other)?.group === group);
  }

  #expand(resource: ResourceStatus, place: Place, depth: number): TreeNode {
    this.#shown.add(resource.name);
    const expression = this.#expressions.get(resource.name);
    const terms = expression?.kind === 'and' ? expression.terms : expression ? [expression] : [];
    return { kind: 'resource', resource, children: terms.flatMap((term) => this.#node(term, place, depth + 1)) };
  }

  #node(term: Expression, place: Place, depth: number): readonly TreeNode[] {
    if (term.kind === 'none') return [];
    if (term.kind === 'resource') return this.#provider(term.name, place, depth);
    const children = term.terms.flatMap((one) => this.#node(one, place, depth + 1));
    return children.length === 0 ? [] : [{ kind: term.kind, children }];
  }

  #provider(name: string, place: Place, depth: number): readonly TreeNode[] {
    const resource = this.#byName.get(name);
    if (!this.#isVisible(name)) return [];
    if (!resource) return [{ kind: 'missing', name }];
    const belongsHere = place === 'every' || resource.group === null || resource.group === place.group;
    if (!belongsHere) return [{ kind: 'reference', resource, where: `see group ${resource.group}` }];
    if (this.#shown.has(name)) return [{ kind: 'reference', resource, where: 'see above' }];
    if (depth > DEEPEST) return [{ kind: 'reference', resource, where: 'see below' }];
    return [this.#expand(resource, place, depth)];
  }
}
