import type { Configuration, ControlResult, PlanStep } from '@andon/protocol';
import { type Context, refuseWhileStopping, saveConfiguration } from './context.ts';
import { dropGroup, installGroup } from './groups.ts';
import { isAtRest, leaveInOrder } from './leaving.ts';
import { changeOf, type Plan, planFor } from './plan.ts';
import type { Gone } from './target.ts';
import { byName, change, install } from './resources.ts';
import { dropType, installType } from './types.ts';

interface Request {
  readonly configuration: Configuration;
  readonly dryRun: boolean;
  readonly prune: boolean;
  readonly force: boolean;
}

/** Makes the configuration hold what is given, all of it or, when anything is wrong, nothing. */
export async function apply(context: Context, { configuration, dryRun, prune, force }: Request): Promise<ControlResult<'apply'>> {
  refuseWhileStopping(context, 'apply');
  const target = { configuration, sources: null, force, mayRemove: () => prune, isIdle: isAtRest };
  if (dryRun) return answer(planFor(context, target));
  return context.configuring.inTurn(async () => {
    refuseWhileStopping(context, 'apply');
    const plan = planFor(context, target);
    commit(context, plan);
    await letGo(context, plan.gone);
    return answer(plan);
  });
}

function answer({ steps, warnings }: Plan): ControlResult<'apply'> {
  return { steps: [...steps], warnings: [...warnings] };
}

/** The store first, in one transaction; then what is in force. What goes is left to `letGo`. */
export function commit(context: Context, plan: Plan): void {
  const { registry, journal, coordinator } = context;
  // With nothing to write, a full disk is no obstacle.
  if (!isEmpty(plan)) saveConfiguration(context, withMembers(context, plan));
  for (const group of plan.groups) installGroup(context, group);
  for (const type of plan.types) installType(context, type);
  for (const definition of plan.resources) {
    const known = registry.resources.get(definition.name);
    if (!known) install(context, definition);
    else if (isChanged(plan.steps, definition.name)) change(context, known, definition);
  }
  for (const { what, name, file } of plan.sources) registry.sources.set(what, name, file);
  for (const name of plan.online) {
    registry.resource(name).wanted = 'Online';
    journal.publish('wantedChanged', { wanted: 'Online', because: 'its definition says so' }, { resource: name });
    coordinator.changed(name);
  }
  for (const name of plan.gone.groups) dropGroup(context, name);
}

function isEmpty({ types, groups, resources, sources, online, gone }: Plan): boolean {
  const parts = [types, groups, resources, sources, online, gone.types, gone.groups, gone.resources];
  return parts.every(({ length }) => length === 0);
}

/** Takes what the store has forgotten offline, if need be, and forgets it; that may take its time. */
export async function letGo(context: Context, gone: Gone): Promise<void> {
  await leaveInOrder(context, gone.resources);
  for (const name of gone.types) dropType(context, name);
}

/** A step that only says that a file took over changes nothing of the resource itself. */
function isChanged(steps: readonly PlanStep[], name: string): boolean {
  return steps.some((step) => step.what === 'resource' && step.name === name && step.changes.some((text) => !text.startsWith('source: ')));
}

/** Resources that stay when their group goes lose it, in the same transaction. */
function withMembers({ registry }: Context, plan: Plan) {
  const saved = new Set<string>([...plan.resources.map(({ name }) => name), ...plan.gone.resources]);
  const members = plan.gone.groups.flatMap((group) => registry.resourcesOfGroup(group)).filter((name) => !saved.has(name));
  const change = changeOf(plan);
  const saveResources = [...plan.resources, ...members.map((name) => ({ ...registry.resource(name).definition, group: null }))];
  return { ...change, saveResources };
}

/** What `apply` reads back to the same: by name, without what comes with andon. */
export function exportConfiguration({ registry }: Context): Configuration {
  const resources = [...registry.resources.values()].filter(({ isLeaving }) => !isLeaving);
  return {
    types: [...registry.types.values()].filter(({ name }) => !registry.isBuiltIn(name)).sort(byName),
    groups: [...registry.groups.values()].sort(byName),
    resources: resources.map(({ definition }) => definition).sort(byName),
    online: resources
      .filter(({ wanted }) => wanted === 'Online')
      .map(({ definition }) => definition.name)
      .sort(),
  };
}
