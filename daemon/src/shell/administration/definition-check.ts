import {
  AndonError,
  type ErrorSubject,
  type Expression,
  namesIn,
  parseExpression,
  type ResourceDefinition,
  retryPeriodProblem,
  suggestion,
  type TypeDefinition,
} from '@andon/protocol';
import type { DependencyGraph } from '../../core/dependencies/graph.ts';
import type { Registry } from '../monitor/registry.ts';

/** They travel in one frame with every online. */
const LONGEST_PRIVATE_PROPERTIES = 256 * 1024;

/** What a definition is checked against: how everything is, or how it will be. */
export interface Surroundings {
  readonly registry: Registry;
  readonly types: ReadonlyMap<string, TypeDefinition>;
  readonly graph: DependencyGraph;
  hasResource(name: string): boolean;
}

export function asItIs(registry: Registry): Surroundings {
  return { registry, types: registry.types, graph: registry.dependencies, hasResource: (name) => registry.resources.has(name) };
}

/** Everything that makes a definition unacceptable, found before anything is stored. */
export function checkDefinition(definition: ResourceDefinition, around: Surroundings): void {
  const { name } = definition;
  const cycle = around.graph.cycleWith(name, checkWithoutCycle(definition, around));
  if (cycle) throw cycleError(cycle);
}

/** The error about the first name of a cycle. */
export function cycleError(cycle: readonly string[]): AndonError {
  const [name = ''] = cycle;
  return new AndonError('dependencyCycle', { name, cycle: cycle.join(' → ') }, { subject: key(name, 'depends-on') });
}

/** The same for one of many, whose cycles are looked for at once. Answers what it depends on. */
export function checkWithoutCycle(definition: ResourceDefinition, around: Omit<Surroundings, 'graph'>): Expression {
  const { name } = definition;
  const type = around.types.get(definition.type);
  if (!type) {
    const values = { name: definition.type, suggestion: suggestion(definition.type, around.types.keys()) };
    throw new AndonError('unknownType', values, { subject: key(name, 'type') });
  }
  around.registry.checkPrivateProperties(name, type, definition.set);
  const length = JSON.stringify(definition.set).length;
  if (length > LONGEST_PRIVATE_PROPERTIES) {
    const detail = `are ${length} characters of JSON; the limit is ${LONGEST_PRIVATE_PROPERTIES}`;
    const hint = 'Put large values into a file and its path into a property.';
    throw new AndonError('invalidProperty', { what: 'Resource', name, property: '(all)', detail, hint }, { subject: key(name, 'set') });
  }
  const problem = retryPeriodProblem(definition.properties);
  if (problem) {
    const values = {
      what: 'Resource',
      name,
      property: 'RetryPeriodOnFailure',
      detail: `is refused: ${problem}`,
      hint: 'Change one of the two.',
    };
    throw new AndonError('invalidProperty', values, { subject: key(name, 'property', 'RetryPeriodOnFailure') });
  }
  return checkDependencies(definition, around);
}

function checkDependencies({ name, dependsOn }: ResourceDefinition, around: Omit<Surroundings, 'graph'>): Expression {
  const subject = key(name, 'depends-on');
  const values = { name, expression: dependsOn };
  const parsed = parseExpression(dependsOn);
  if (!parsed.ok)
    throw new AndonError('invalidDependency', { ...values, detail: `${parsed.problem}, at column ${parsed.column}` }, { subject });
  for (const provider of namesIn(parsed.expression)) {
    if (provider === name) throw cycleError([name, name]);
    if (!around.hasResource(provider)) {
      throw new AndonError('invalidDependency', { ...values, detail: `there is no resource "${provider}"` }, { subject });
    }
  }
  return parsed.expression;
}

function key(name: string, ...path: string[]): ErrorSubject {
  return { what: 'resource', name, path };
}
