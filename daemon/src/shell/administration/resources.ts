import {
  AndonError,
  type ControlResult,
  type Expression,
  namesIn,
  parseExpression,
  ResourceDefinition,
  ResourceProperties,
  retryPeriodProblem,
} from '@andon/protocol';
import type { z } from 'zod';
import { publicState } from '../../core/life-cycle/phases.ts';
import { type ManagedResource, policyOf } from '../monitor/managed-resource.ts';
import { type Context, refuseWhileStopping, saveConfiguration } from './context.ts';
import { ensureGroup } from './groups.ts';
import { isSame } from './same.ts';
import { resourceStatus } from './status.ts';

/** They travel in one frame with every online. */
const LONGEST_PRIVATE_PROPERTIES = 256 * 1024;

/** How long an answer waits for a removal that needs a call to the host. */
const REMOVAL_WAIT_MS = 5_000;

export function resourceAdd(context: Context, { resource: definition }: { resource: ResourceDefinition }): ControlResult<'resourceAdd'> {
  refuseWhileStopping(context, 'resource add');
  const { registry } = context;
  if (registry.resources.has(definition.name)) {
    throw new AndonError('nameTaken', {
      what: 'resource',
      name: definition.name,
      hint: `Change it with: andon resource set ${definition.name}`,
    });
  }
  checkDefinition(context, definition, (name) => registry.resources.has(name));
  const group = ensureGroup(context, definition.group);
  saveConfiguration(context, { saveResources: [definition], saveGroups: group });
  install(context, definition);
  return { warnings: [] };
}

/** Everything that makes a definition unacceptable, found before anything is stored. */
export function checkDefinition(
  { registry }: Context,
  definition: ResourceDefinition,
  isKnown: (name: string) => boolean,
  types = registry.types,
): Expression {
  const type = types.get(definition.type) ?? registry.type(definition.type);
  registry.checkPrivateProperties(definition.name, type, definition.set);
  const length = JSON.stringify(definition.set).length;
  if (length > LONGEST_PRIVATE_PROPERTIES) {
    throw new AndonError('invalidProperty', {
      what: 'Resource',
      name: definition.name,
      property: '(all)',
      detail: `are ${length} characters of JSON; the limit is ${LONGEST_PRIVATE_PROPERTIES}`,
      hint: 'Put large values into a file and its path into a property.',
    });
  }
  const problem = retryPeriodProblem(definition.properties);
  if (problem)
    throw new AndonError('invalidProperty', {
      what: 'Resource',
      name: definition.name,
      property: 'RetryPeriodOnFailure',
      detail: `is refused: ${problem}`,
      hint: 'Change one of the two.',
    });
  const parsed = parseExpression(definition.dependsOn);
  const values = { name: definition.name, expression: definition.dependsOn };
  if (!parsed.ok) throw new AndonError('invalidDependency', { ...values, detail: `${parsed.problem}, at column ${parsed.column}` });
  for (const provider of namesIn(parsed.expression)) {
    if (provider === definition.name)
      throw new AndonError('dependencyCycle', { name: definition.name, cycle: `${provider} → ${provider}` });
    if (!isKnown(provider)) throw new AndonError('invalidDependency', { ...values, detail: `there is no resource "${provider}"` });
  }
  const cycle = registry.dependencies.cycleWith(definition.name, parsed.expression);
  if (cycle) throw new AndonError('dependencyCycle', { name: definition.name, cycle: cycle.join(' → ') });
  return parsed.expression;
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
  const resource = context.registry.resource(changes.name);
  const definition = changedDefinition(resource.definition, changes);
  checkDefinition(context, definition, (name) => context.registry.resources.has(name));
  const group = ensureGroup(context, definition.group);
  saveConfiguration(context, { saveResources: [definition], saveGroups: group });
  return { effect: change(context, resource, definition) };
}

/** Puts a stored change in force; says when the part that a host already holds follows. */
export function change(context: Context, resource: ManagedResource, definition: ResourceDefinition): string {
  const { registry, journal, coordinator } = context;
  const isHeld = resource.instance.phase !== 'closed' && resource.instance.phase !== 'offline';
  const isPrivate = !isSame(resource.definition.set, definition.set);
  const isMoved = resource.definition.properties.SeparateMonitor !== definition.properties.SeparateMonitor;
  resource.definition = definition;
  resource.policy = policyOf(definition, registry.type(definition.type));
  const parsed = parseExpression(definition.dependsOn);
  if (parsed.ok) registry.dependencies.set(definition.name, parsed.expression);
  const effect = isHeld && (isPrivate || isMoved) ? 'stored, takes effect at next online' : '';
  journal.publish('resourceChanged', { effect }, { resource: definition.name });
  coordinator.changed(definition.name);
  return effect;
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
  const { registry, monitor, clock } = context;
  const resource = registry.resource(name);
  const dependents = [...registry.dependencies.dependentsOf(name)];
  if (dependents.length > 0) throw new AndonError('resourceInUse', { name, dependents: dependents.join(', ') });
  const { phase } = resource.instance;
  const isAtRest = phase === 'closed' || phase === 'offline' || phase === 'failed' || phase === 'restartDelay';
  if (!isAtRest && !force) throw new AndonError('resourceOnline', { name, state: publicState(resource.instance) });
  saveConfiguration(context, { deleteResources: [name] });
  await new Promise<void>((resolve) => {
    const late = clock.after(REMOVAL_WAIT_MS, resolve);
    context.onRemoved(resource, () => {
      late.cancel();
      resolve();
    });
    resource.wanted = 'Offline';
    monitor.deliver(name, { kind: 'remove', atMs: clock.monotonicMs() });
  });
  return {};
}

export function resourceList({ registry }: Context): ControlResult<'resourceList'> {
  return { resources: [...registry.resources.values()].map(({ definition }) => definition).sort(byName) };
}

export function resourceShow(context: Context, { name }: { name: string }): ControlResult<'resourceShow'> {
  const resource = context.registry.resource(name);
  return { definition: resource.definition, status: resourceStatus(context, resource) };
}

export function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}
