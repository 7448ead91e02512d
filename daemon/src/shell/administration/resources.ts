import { AndonError, type ControlResult, parseExpression, ResourceDefinition, ResourceProperties } from '@andon/protocol';
import type { z } from 'zod';
import { publicState } from '../../core/life-cycle/phases.ts';
import { type ManagedResource, policyOf } from '../monitor/managed-resource.ts';
import { type Context, refuseWhileStopping, saveConfiguration } from './context.ts';
import { asItIs, checkDefinition } from './definition-check.ts';
import { ensureGroup } from './groups.ts';
import { isAtRest, leave, refuseLeaving } from './leaving.ts';
import { isSame } from './same.ts';
import { resourceStatus } from './status.ts';

export function resourceAdd(context: Context, { resource: definition }: { resource: ResourceDefinition }): ControlResult<'resourceAdd'> {
  refuseWhileStopping(context, 'resource add');
  const { registry } = context;
  const present = registry.resources.get(definition.name);
  if (present) {
    refuseLeaving(present, 'resource add');
    throw new AndonError('nameTaken', {
      what: 'resource',
      name: definition.name,
      hint: `Change it with: andon resource set ${definition.name}`,
    });
  }
  checkDefinition(definition, asItIs(registry));
  const group = ensureGroup(context, definition.group);
  saveConfiguration(context, { saveResources: [definition], saveGroups: group });
  install(context, definition);
  return { warnings: [] };
}

/** Makes a stored definition live. Starts nothing. */
export function install({ registry, journal }: Context, definition: ResourceDefinition): void {
  registry.add(definition);
  journal.publish('resourceAdded', { type: definition.type }, { resource: definition.name });
}

interface Changes {
  readonly name: string;
  readonly set?: ResourceDefinition['set'] | undefined;
  readonly unset?: readonly string[] | undefined;
  readonly properties?: Readonly<Record<string, unknown>> | undefined;
  readonly group?: string | null | undefined;
  readonly dependsOn?: string | undefined;
}

export function resourceSet(context: Context, changes: Changes): ControlResult<'resourceSet'> {
  const { registry } = context;
  const resource = registry.resource(changes.name);
  refuseLeaving(resource, 'resource set');
  const definition = changedDefinition(resource.definition, changes);
  checkDefinition(definition, asItIs(registry));
  const group = ensureGroup(context, definition.group);
  saveConfiguration(context, { saveResources: [definition], saveGroups: group });
  return { effect: change(context, resource, definition), warnings: registry.sources.warnings('resource', changes.name) };
}

/** Puts a stored change in force; says when the part that a host already holds follows. */
export function change(context: Context, resource: ManagedResource, definition: ResourceDefinition): string {
  const { registry, journal, coordinator } = context;
  const effect = effectOfChange(resource, definition);
  resource.definition = definition;
  resource.policy = policyOf(definition, registry.type(definition.type));
  const parsed = parseExpression(definition.dependsOn);
  if (parsed.ok) registry.dependencies.set(definition.name, parsed.expression);
  journal.publish('resourceChanged', { effect }, { resource: definition.name });
  coordinator.changed(definition.name);
  return effect;
}

/** When a change reaches the resource, in words; empty for at once. What a host was told with online is told again with the next. */
export function effectOfChange({ definition: before, instance }: ManagedResource, after: ResourceDefinition): string {
  const isHeld = instance.phase !== 'closed' && instance.phase !== 'offline';
  const isPrivate = !isSame(before.set, after.set);
  const isMoved = before.properties.SeparateMonitor !== after.properties.SeparateMonitor;
  return isHeld && (isPrivate || isMoved) ? 'stored, takes effect at next online' : '';
}

function changedDefinition(before: ResourceDefinition, changes: Changes): ResourceDefinition {
  const set = { ...before.set, ...changes.set };
  for (const key of changes.unset ?? []) delete set[key];
  const properties: Record<string, unknown> = { ...before.properties, ...changes.properties };
  for (const [key, value] of Object.entries(changes.properties ?? {})) if (value === null && !isNullable(key)) delete properties[key];
  const candidate = {
    ...before,
    set,
    properties,
    group: changes.group === undefined ? before.group : changes.group,
    dependsOn: changes.dependsOn ?? before.dependsOn,
  };
  const parsed = ResourceDefinition.safeParse(candidate);
  if (!parsed.success) throw invalidProperty('Resource', before.name, parsed.error.issues[0], Object.keys(ResourceProperties.shape));
  return parsed.data;
}

/** Whether null is a value of this property, as in *never*; elsewhere null returns it to its default. */
function isNullable(key: string): boolean {
  const schema = Object.entries(ResourceProperties.shape).find(([known]) => known === key)?.[1];
  return schema?.safeParse(null).success ?? true;
}

export function invalidProperty(
  what: 'Resource' | 'Type',
  name: string,
  issue: z.core.$ZodIssue | undefined,
  known: readonly string[],
): AndonError {
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  return new AndonError('invalidProperty', {
    what,
    name,
    property: `"${unknown ?? issue?.path.at(-1)?.toString() ?? '?'}"`,
    detail: unknown ? 'is unknown' : `is refused: ${issue?.message ?? ''}`,
    hint: `Known properties: ${known.join(', ')}`,
  });
}

export async function resourceRemove(
  context: Context,
  { name, force }: { name: string; force: boolean },
): Promise<ControlResult<'resourceRemove'>> {
  const { registry } = context;
  const resource = registry.resource(name);
  const dependents = [...registry.dependencies.dependentsOf(name)];
  if (dependents.length > 0) throw new AndonError('resourceInUse', { name, dependents: dependents.join(', ') });
  if (!isAtRest(resource) && !force) throw new AndonError('resourceOnline', { name, state: publicState(resource.instance) });
  const warnings = registry.sources.warnings('resource', name);
  saveConfiguration(context, { deleteResources: [name] });
  await leave(context, resource);
  return { warnings };
}

export function resourceList({ registry }: Context): ControlResult<'resourceList'> {
  return { resources: [...registry.resources.values()].map(({ definition }) => definition).sort(byName) };
}

export function resourceShow(context: Context, { name }: { name: string }): ControlResult<'resourceShow'> {
  const resource = context.registry.resource(name);
  return {
    definition: resource.definition,
    source: context.registry.sources.of('resource', name),
    status: resourceStatus(context, resource),
  };
}

export function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}
