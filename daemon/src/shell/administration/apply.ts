import { AndonError, type Configuration, type ControlResult, type PlanStep, type ResourceDefinition } from '@andon/protocol';
import { DependencyGraph } from '../../core/dependencies/graph.ts';
import { isSame } from './same.ts';
import { type Context, refuseWhileStopping, saveConfiguration } from './context.ts';
import { installGroup } from './groups.ts';
import { byName, change, checkDefinition, install } from './resources.ts';
import { checkType, installType, typeWarnings } from './types.ts';

/** Makes the configuration hold what is given, all of it or, when anything is wrong, nothing. Removes nothing. */
export function apply(
  context: Context,
  { configuration, dryRun }: { configuration: Configuration; dryRun: boolean },
): ControlResult<'apply'> {
  refuseWhileStopping(context, 'apply');
  check(context, configuration);
  const { registry } = context;
  const groups = [...configuration.groups, ...impliedGroups(context, configuration)];
  const steps = [
    ...configuration.types.map((type) => step('type', registry.types.get(type.name), type)),
    ...groups.map((group) => step('group', registry.groups.get(group.name), group)),
    ...configuration.resources.map((resource) => step('resource', registry.resources.get(resource.name)?.definition, resource)),
  ];
  const warnings = configuration.types.flatMap((type) => typeWarnings(context, type));
  if (dryRun) return { steps, warnings };
  saveConfiguration(context, { saveTypes: configuration.types, saveGroups: groups, saveResources: configuration.resources });
  const isNew = new Map(steps.map(({ what, name, action }) => [`${what} ${name}`, action !== 'keep']));
  for (const group of groups) installGroup(context, group);
  const effects = new Map<string, string>();
  for (const type of configuration.types) if (isNew.get(`type ${type.name}`)) effects.set(`type ${type.name}`, installType(context, type));
  for (const resource of configuration.resources) {
    const known = registry.resources.get(resource.name);
    if (!known) install(context, resource);
    else if (isNew.get(`resource ${resource.name}`)) effects.set(`resource ${resource.name}`, change(context, known, resource));
  }
  return { steps: steps.map((done) => ({ ...done, effect: effects.get(`${done.what} ${done.name}`) ?? '' })), warnings };
}

/** What `apply` reads back to the same: sorted, without what comes with andon. */
export function exportConfiguration({ registry }: Context): Configuration {
  return {
    types: [...registry.types.values()].filter(({ name }) => !registry.isBuiltIn(name)).sort(byName),
    groups: [...registry.groups.values()].sort(byName),
    resources: [...registry.resources.values()].map(({ definition }) => definition).sort(byName),
  };
}

function impliedGroups({ registry }: Context, configuration: Configuration) {
  const named = new Set<string>([...registry.groups.keys(), ...configuration.groups.map(({ name }) => name)]);
  const implied = new Map(
    configuration.resources.flatMap(({ group }) => (group === null || named.has(group) ? [] : [[group, { name: group, description: '' }]])),
  );
  return [...implied.values()];
}

function check(context: Context, configuration: Configuration): void {
  const { registry } = context;
  const types = new Map(registry.types);
  for (const type of configuration.types) {
    checkType(context, type);
    types.set(type.name, type);
  }
  const names = new Set([...registry.resources.keys(), ...configuration.resources.map(({ name }) => name)]);
  const together = new DependencyGraph();
  for (const name of registry.resources.keys()) together.set(name, registry.dependencies.expressionOf(name));
  for (const resource of configuration.resources) {
    refuseTypeChange(registry.resources.get(resource.name)?.definition, resource);
    const expression = checkDefinition(context, resource, (name) => names.has(name), types);
    const cycle = together.cycleWith(resource.name, expression);
    if (cycle) throw new AndonError('dependencyCycle', { name: resource.name, cycle: cycle.join(' → ') });
    together.set(resource.name, expression);
  }
}

function refuseTypeChange(before: ResourceDefinition | undefined, after: ResourceDefinition): void {
  if (!before || before.type === after.type) return;
  throw new AndonError('invalidProperty', {
    what: 'Resource',
    name: after.name,
    property: '"type"',
    detail: `cannot change from "${before.type}" to "${after.type}"`,
    hint: `Remove it first: andon resource remove ${after.name}`,
  });
}

function step(what: PlanStep['what'], before: object | undefined, after: { readonly name: string }): PlanStep {
  const changes = before ? differences(before, after) : [];
  return { action: before ? (changes.length > 0 ? 'change' : 'keep') : 'create', what, name: after.name, effect: '', changes };
}

/** The fields that differ, as `field: before → after`. */
function differences(before: object, after: object): string[] {
  const old = new Map(Object.entries(before));
  const current = new Map(Object.entries(after));
  return [...new Set([...old.keys(), ...current.keys()])]
    .filter((key) => !isSame(old.get(key), current.get(key)))
    .map((key) => `${key}: ${JSON.stringify(old.get(key)) ?? 'unset'} → ${JSON.stringify(current.get(key)) ?? 'unset'}`);
}
