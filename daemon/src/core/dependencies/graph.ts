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
    const reachedFrom = new Map<string, string>();
    const open: string[] = [];
    const reach = (from: string, providers: ReadonlySet<string>): void => {
      for (const provider of providers) {
        if (reachedFrom.has(provider)) continue;
        reachedFrom.set(provider, from);
        open.push(provider);
      }
    };
    reach(name, namesIn(expression));
    for (let at = open.pop(); at !== undefined && at !== name; at = open.pop()) reach(at, this.providersOf(at));
    if (!reachedFrom.has(name)) return null;
    const cycle = [name];
    for (let at = reachedFrom.get(name); at !== undefined && at !== name; at = reachedFrom.get(at)) cycle.push(at);
    return [...cycle, name].toReversed();
  }

  /** Some cycle of the whole graph, as the names along it, each once; null when there is none. One walk, however large the graph. */
  cycle(): readonly string[] | null {
    const seen = new Set<string>();
    const path: { readonly name: string; readonly providers: Iterator<string> }[] = [];
    const onPath = new Set<string>();
    const enter = (name: string): void => {
      seen.add(name);
      onPath.add(name);
      path.push({ name, providers: this.providersOf(name).values() });
    };
    for (const start of this.#expressions.keys()) {
      if (!seen.has(start)) enter(start);
      for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
        const next = top.providers.next();
        if (next.done) {
          onPath.delete(top.name);
          path.pop();
        } else if (onPath.has(next.value)) {
          const names = path.map(({ name }) => name);
          return names.slice(names.indexOf(next.value));
        } else if (!seen.has(next.value)) enter(next.value);
      }
    }
    return null;
  }
}
