import { AndonError, namesIn, type ResourceDefinition, type TypeDefinition } from '@andon/protocol';
import { DependencyGraph } from '../../core/dependencies/graph.ts';
import { publicState } from '../../core/life-cycle/phases.ts';
import type { Context } from './context.ts';
import { checkWithoutCycle, cycleError } from './definition-check.ts';
import { refuseLeaving } from './leaving.ts';
import type { Gone, Target } from './target.ts';
import { checkType } from './types.ts';

/** Refuses a target that would leave anything broken, whether the target names it or not. */
export function checkOutcome(context: Context, target: Target, gone: Gone): void {
  const { registry } = context;
  const { configuration } = target;
  for (const type of configuration.types) checkType(context, type);
  const types = new Map([...registry.types].filter(([name]) => !gone.types.includes(name)));
  for (const type of configuration.types) types.set(type.name, type);
  const untouched = survivors(context, target, gone);
  const names = new Set<string>([...untouched, ...configuration.resources].map(({ name }) => name));
  const graph = new DependencyGraph();
  for (const { name } of untouched) graph.set(name, registry.dependencies.expressionOf(name));
  const around = { registry, types, hasResource: (name: string) => names.has(name) };
  for (const resource of configuration.resources) {
    const known = registry.resources.get(resource.name);
    if (known) refuseLeaving(known, 'the configuration');
    refuseTypeChange(known?.definition, resource);
    graph.set(resource.name, checkWithoutCycle(resource, around));
  }
  refuseCycle(graph, configuration.resources);
  for (const { name, type, set } of untouched) checkSettings(context, name, types.get(type), set);
  refuseInUse(context, untouched, gone, target.force);
  refuseRunning(context, target, gone);
}

/** Told about the last of the cycle in the order of the files: without it there was none. */
function refuseCycle(graph: DependencyGraph, resources: readonly ResourceDefinition[]): void {
  const cycle = graph.cycle();
  if (!cycle) return;
  const onCycle = new Set(cycle);
  const last = resources.findLast(({ name }) => onCycle.has(name))?.name ?? '';
  const at = Math.max(0, cycle.indexOf(last));
  const turned = [...cycle.slice(at), ...cycle.slice(0, at)];
  throw cycleError([...turned, ...turned.slice(0, 1)]);
}

/** Resources that stay and that the target does not name. */
function survivors({ registry }: Context, { configuration }: Target, gone: Gone): readonly ResourceDefinition[] {
  const others = new Set<string>([...gone.resources, ...configuration.resources.map(({ name }) => name)]);
  return [...registry.resources.values()]
    .filter(({ name, isLeaving }) => !isLeaving && !others.has(name))
    .map(({ definition }) => definition);
}

function refuseTypeChange(before: ResourceDefinition | undefined, after: ResourceDefinition): void {
  if (!before || before.type === after.type) return;
  const { name } = after;
  const detail = `cannot change from "${before.type}" to "${after.type}"`;
  const hint = `Remove it first: andon resource remove ${name}`;
  const values = { what: 'Resource', name, property: '"type"', detail, hint };
  throw new AndonError('invalidProperty', values, { subject: { what: 'resource', name, path: ['type'] } });
}

/** What a resource that is not named here was given must still fit its type; it is the type that is wrong where it does not. */
function checkSettings({ registry }: Context, name: string, type: TypeDefinition | undefined, set: ResourceDefinition['set']): void {
  if (!type || type === registry.types.get(type.name)) return;
  try {
    registry.checkPrivateProperties(name, type, set);
  } catch (error) {
    throw error instanceof AndonError ? error.about({ what: 'type', name: type.name, path: ['json-schema'] }) : error;
  }
}

function refuseInUse({ registry }: Context, untouched: readonly ResourceDefinition[], gone: Gone, force: boolean): void {
  for (const name of gone.types) {
    const users = untouched.filter(({ type }) => type === name).map((resource) => resource.name);
    if (users.length > 0) throw new AndonError('typeInUse', { name, resources: users.join(' ') });
  }
  for (const name of gone.resources) {
    const dependents = untouched.filter((one) => namesIn(registry.dependencies.expressionOf(one.name)).has(name)).map((one) => one.name);
    if (dependents.length > 0) throw new AndonError('resourceInUse', { name, dependents: dependents.join(', ') });
  }
  for (const name of force ? [] : gone.groups) {
    const members = untouched.filter(({ group }) => group === name).map((resource) => resource.name);
    if (members.length > 0) throw new AndonError('groupInUse', { name, resources: members.join(', ') });
  }
}

function refuseRunning({ registry }: Context, { force, isIdle }: Target, gone: Gone): void {
  if (force) return;
  const running = gone.resources.map((name) => registry.resource(name)).filter((resource) => !isIdle(resource));
  if (running.length === 0) return;
  throw new AndonError('removalNeedsForce', {
    resources: running.map(({ name, instance }) => `${name} (${publicState(instance)})`).join(', '),
    names: running.map(({ name }) => name).join(' '),
  });
}
