import { type Configuration, type GroupDefinition, type PlanStep, type ResourceDefinition, type TypeDefinition } from '@andon/protocol';
import type { ConfigurationChange, DefinitionSource } from '../../ports/index.ts';
import type { Context } from './context.ts';
import { isAtRest } from './leaving.ts';
import { checkOutcome } from './outcome-check.ts';
import type { Gone, Target, What } from './target.ts';
import { effectOfChange } from './resources.ts';
import { isSame } from './same.ts';
import { effectOfType, typeWarnings } from './types.ts';

/** What has to be done, complete and checked: nothing of it can fail any more but the disk. */
export interface Plan {
  readonly steps: readonly PlanStep[];
  readonly warnings: readonly string[];
  /** Created or changed. */
  readonly types: readonly TypeDefinition[];
  readonly groups: readonly GroupDefinition[];
  readonly resources: readonly ResourceDefinition[];
  readonly gone: Gone;
  readonly sources: readonly DefinitionSource[];
  /** Those of the created resources that are wanted Online. */
  readonly online: readonly string[];
}

/**
 * Compares the target with how things are. Changes nothing.
 *
 * @throws AndonError for the first thing that is wrong with it, about the definition it is wrong with
 */
export function planFor(context: Context, given: Target): Plan {
  const target = { ...given, configuration: withImpliedGroups(context, given) };
  const { types, groups, resources, online } = target.configuration;
  const gone = goneWith(context, target);
  checkOutcome(context, target, gone);
  const files = new Map(target.sources?.map(({ what, name, file }) => [`${what} ${name}`, file]));
  const wanted = new Set<string>(online);
  const steps = [
    ...types.map((type) => step(context, 'type', type, files)),
    ...groups.map((group) => step(context, 'group', group, files)),
    ...resources.map((resource) => step(context, 'resource', resource, files, wanted)),
  ];
  const active = new Set(steps.filter(({ action }) => action !== 'keep').map(({ what, name }) => `${what} ${name}`));
  const isActive = (what: What) => (one: { readonly name: string }) => active.has(`${what} ${one.name}`);
  const isNew = new Set(steps.filter(({ what, action }) => what === 'resource' && action === 'create').map(({ name }) => name));
  return {
    steps: [...steps, ...removals(context, gone)],
    warnings: [...types.flatMap((type) => typeWarnings(context, type)), ...(target.sources ? [] : sourceWarnings(context, active, gone))],
    types: types.filter(isActive('type')),
    groups: groups.filter(isActive('group')),
    resources: resources.filter(isActive('resource')),
    gone,
    sources: (target.sources ?? []).filter(({ what, name, file }) => context.registry.sources.of(what, name) !== file),
    online: online.filter((name) => isNew.has(name)),
  };
}

/** What the store is told, in one transaction. */
export function changeOf({ types, groups, resources, gone, sources, online }: Plan): ConfigurationChange {
  return {
    saveTypes: types,
    saveGroups: groups,
    saveResources: resources,
    deleteTypes: gone.types,
    deleteGroups: gone.groups,
    deleteResources: gone.resources,
    sources,
    wantOnline: online,
  };
}

/** A resource may name a group that nothing defines; it is made with it. One that loses its group on the way is changed too. */
function withImpliedGroups({ registry }: Context, { configuration, sources }: Target): Configuration {
  const named = new Set<string>(configuration.groups.map(({ name }) => name));
  const isKnown = (group: string): boolean => named.has(group) || (sources === null && registry.groups.has(group));
  const implied = new Map(
    configuration.resources.flatMap(({ group }) => {
      if (group === null || isKnown(group)) return [];
      // One that a file names only in passing keeps the description that it was given elsewhere.
      return [[group, registry.groups.get(group) ?? { name: group, description: '' }] as const];
    }),
  );
  return { ...configuration, groups: [...configuration.groups, ...implied.values()] };
}

function goneWith({ registry }: Context, { configuration, mayRemove }: Target): Gone {
  const without = (what: What, known: Iterable<string>, named: readonly { readonly name: string }[]): string[] => {
    const kept = new Set(named.map(({ name }) => name));
    return [...known].filter((name) => !kept.has(name) && mayRemove(what, name)).sort();
  };
  const present = [...registry.resources.values()].filter(({ isLeaving }) => !isLeaving).map(({ name }) => name);
  const ownTypes = [...registry.types.keys()].filter((name) => !registry.isBuiltIn(name));
  return {
    types: without('type', ownTypes, configuration.types),
    groups: without('group', registry.groups.keys(), configuration.groups),
    resources: without('resource', present, configuration.resources),
  };
}

function step(
  context: Context,
  what: What,
  after: TypeDefinition | GroupDefinition | ResourceDefinition,
  files: ReadonlyMap<string, string | null>,
  wanted: ReadonlySet<string> = new Set(),
): PlanStep {
  const { name } = after;
  const before = definitionOf(context, what, name);
  if (!before) {
    return { action: 'create', what, name, effect: what === 'resource' && wanted.has(name) ? 'then brought online' : '', changes: [] };
  }
  const changes = differences(before, after);
  const effect = changes.length > 0 ? effectOf(context, what, after) : '';
  const file = files.get(`${what} ${name}`);
  const known = context.registry.sources.of(what, name);
  if (file !== undefined && file !== known) changes.push(`source: ${known ?? 'given by command'} → ${file ?? 'given by command'}`);
  return { action: changes.length > 0 ? 'change' : 'keep', what, name, effect, changes };
}

function definitionOf({ registry }: Context, what: What, name: string): object | undefined {
  if (what === 'type') return registry.types.get(name);
  return what === 'group' ? registry.groups.get(name) : registry.resources.get(name)?.definition;
}

function effectOf(context: Context, what: What, after: TypeDefinition | GroupDefinition | ResourceDefinition): string {
  if (what === 'type' && 'command' in after) return effectOfType(context, after);
  const resource = context.registry.resources.get(after.name);
  return what === 'resource' && resource && 'type' in after ? effectOfChange(resource, after) : '';
}

function removals({ registry }: Context, { types, groups, resources }: Gone): PlanStep[] {
  const removal = (what: What, name: string, effect: string): PlanStep => ({ action: 'remove', what, name, effect, changes: [] });
  return [
    ...resources.map((name) => removal('resource', name, isAtRest(registry.resource(name)) ? '' : 'taken offline first')),
    ...groups.map((name) => removal('group', name, '')),
    ...types.map((name) => removal('type', name, '')),
  ];
}

/** Files are the business of `reload`: what is changed beside them comes back with it. */
function sourceWarnings({ registry }: Context, active: ReadonlySet<string>, gone: Gone): string[] {
  const named = [
    ...[...registry.types.keys()]
      .filter((name) => active.has(`type ${name}`) || gone.types.includes(name))
      .map((name) => ['type', name] as const),
    ...[...registry.groups.keys()]
      .filter((name) => active.has(`group ${name}`) || gone.groups.includes(name))
      .map((name) => ['group', name] as const),
    ...[...registry.resources.keys()]
      .filter((name) => active.has(`resource ${name}`) || gone.resources.includes(name))
      .map((name) => ['resource', name] as const),
  ];
  return named.flatMap(([what, name]) => registry.sources.warnings(what, name));
}

/** The fields that differ, as `field: before → after`. */
function differences(before: object, after: object): string[] {
  const old = new Map(Object.entries(before));
  const current = new Map(Object.entries(after));
  return [...new Set([...old.keys(), ...current.keys()])]
    .filter((key) => !isSame(old.get(key), current.get(key)))
    .map((key) => `${key}: ${JSON.stringify(old.get(key)) ?? 'unset'} → ${JSON.stringify(current.get(key)) ?? 'unset'}`);
}
