import { type Expression, namesIn } from '@andon/protocol';

const NONE: ReadonlySet<string> = new Set();
const INDEPENDENT: Expression = { kind: 'none' };

/** Who depends on whom. Names that are not defined yet may stand in expressions. */
export class DependencyGraph {
  readonly #expressions = new Map<string, Expression>();
  readonly #dependents = new Map<string, Set<string>>();

  set(name: string, expression: Expression): void {
    this.remove(name);
    this.#expressions.set(name, expression);
    for (const provider of namesIn(expression)) {
      const dependents = this.#dependents.get(provider) ?? new Set();
      this.#dependents.set(provider, dependents.add(name));
    }
  }

  remove(name: string): void {
    for (const provider of this.providersOf(name)) this.#dependents.get(provider)?.delete(name);
    this.#expressions.delete(name);
  }

  expressionOf(name: string): Expression {
    return this.#expressions.get(name) ?? INDEPENDENT;
  }

  providersOf(name: string): ReadonlySet<string> {
    return namesIn(this.expressionOf(name));
  }

  dependentsOf(name: string): ReadonlySet<string> {
    return this.#dependents.get(name) ?? NONE;
  }

  /** All that depend on `name`, directly or through others. */
  allDependentsOf(name: string): ReadonlySet<string> {
    const found = new Set<string>();
    const open = [...this.dependentsOf(name)];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (found.has(next)) continue;
      found.add(next);
      open.push(...this.dependentsOf(next));
    }
    return found;
  }

  /** The cycle that would close if `name` got this expression, as the names along it, or null. */
  cycleWith(name: string, expression: Expression): readonly string[] | null {
    const visited = new Set<string>();
    const walk = (at: string, path: readonly string[]): readonly string[] | null => {
      if (at === name) return [...path, at];
      if (visited.has(at)) return null;
      visited.add(at);
      for (const provider of this.providersOf(at)) {
        const cycle = walk(provider, [...path, at]);
        if (cycle) return cycle;
      }
      return null;
    };
    for (const provider of namesIn(expression)) {
      const cycle = walk(provider, [name]);
      if (cycle) return cycle;
    }
    return null;
  }
}
