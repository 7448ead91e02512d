import { AndonError, type ControlResult, type TypeDefinition, type TypeStatus } from '@andon/protocol';
import { planFor } from '../hosts/host-plan.ts';
import { policyOf } from '../monitor/managed-resource.ts';
import { schemaFrom } from '../monitor/registry.ts';
import { type Context, refuseWhileStopping, saveConfiguration } from './context.ts';
import { byName } from './resources.ts';
import { isSame } from './same.ts';

export function typeRegister(
  context: Context,
  { type, replace }: { type: TypeDefinition; replace: boolean },
): ControlResult<'typeRegister'> {
  refuseWhileStopping(context, 'type register');
  const { registry } = context;
  checkType(context, type);
  const before = registry.types.get(type.name);
  if (before && !replace) throw new AndonError('nameTaken', { what: 'type', name: type.name, hint: 'Unregister it first.' });
  const warnings = [...typeWarnings(context, type), ...registry.sources.warnings('type', type.name)];
  if (before && isSame(before, type)) return { outcome: 'unchanged', effect: '', warnings };
  for (const name of registry.resourcesOfType(type.name))
    registry.checkPrivateProperties(name, type, registry.resource(name).definition.set);
  saveConfiguration(context, { saveTypes: [type] });
  const effect = installType(context, type);
  return { outcome: before ? 'changed' : 'created', effect, warnings };
}

export function checkType({ registry }: Context, type: TypeDefinition): void {
  if (registry.isBuiltIn(type.name)) {
    const subject = { what: 'type', name: type.name, path: ['name'] } as const;
    throw new AndonError('builtInType', { name: type.name, action: 'registered anew' }, { subject });
  }
  if (type.jsonSchema) schemaFrom(type);
}

/** A missing executable is no error yet: it may be installed later, and nothing starts before the first online. */
export function typeWarnings({ processes }: Context, type: TypeDefinition): string[] {
  const resolved = processes.resolveCommand(type.command[0] ?? '', type.cwd);
  return 'problem' in resolved ? [`The host of type "${type.name}" cannot be started as things are: ${resolved.problem}`] : [];
}

/** Puts a stored type in force; says when its host follows. */
export function installType(context: Context, type: TypeDefinition): string {
  const { registry, journal, hosts } = context;
  const effect = effectOfType(context, type);
  const isNew = !registry.types.has(type.name);
  registry.types.set(type.name, type);
  if (isNew) {
    journal.publish('typeRegistered', { type: type.name });
    return '';
  }
  for (const name of registry.resourcesOfType(type.name)) {
    const resource = registry.resource(name);
    resource.policy = policyOf(resource.definition, type);
    const slot = hosts.slots.get(resource.hostId);
    if (!slot) continue;
    const isCommandNew = !isSame(slot.plan.argv, type.command);
    slot.plan = planFor(slot.hostId, type);
    if (isCommandNew) slot.unquarantine();
  }
  journal.publish('typeChanged', { type: type.name, effect });
  return effect;
}

/** When a change of a type reaches its hosts, in words; empty for at once, which is also so while none of them runs. */
export function effectOfType({ registry, hosts }: Context, type: TypeDefinition): string {
  const isLater = registry.resourcesOfType(type.name).some((name) => {
    const slot = hosts.slots.get(registry.resource(name).hostId);
    if (!slot || slot.pid === null) return false;
    const { argv, cwd, env, user } = planFor(slot.hostId, type);
    return !isSame({ argv, cwd, env, user }, { argv: slot.plan.argv, cwd: slot.plan.cwd, env: slot.plan.env, user: slot.plan.user });
  });
  return isLater ? 'stored, takes effect at the next start of its host' : '';
}

export function typeUnregister(context: Context, { name }: { name: string }): ControlResult<'typeUnregister'> {
  const { registry } = context;
  const type = registry.type(name);
  if (registry.isBuiltIn(name)) throw new AndonError('builtInType', { name, action: 'unregistered' });
  const resources = registry.resourcesOfType(type.name);
  if (resources.length > 0) throw new AndonError('typeInUse', { name, resources: resources.join(' ') });
  const warnings = registry.sources.warnings('type', name);
  saveConfiguration(context, { deleteTypes: [name] });
  dropType(context, name);
  return { warnings };
}

/** Forgets a type that the store has forgotten, as soon as the last resource of it has left. */
export function dropType(context: Context, name: string): void {
  const { registry, journal } = context;
  const last = registry.resourcesOfType(name)[0];
  if (last !== undefined) return context.onRemoved(registry.resource(last), () => dropType(context, name));
  registry.types.delete(name);
  registry.sources.set('type', name, null);
  journal.publish('typeUnregistered', { type: name });
}

export function typeList(context: Context): ControlResult<'typeList'> {
  return { types: [...context.registry.types.values()].map((type) => typeStatus(context, type)).sort(byName) };
}

export function typeShow(context: Context, { name }: { name: string }): ControlResult<'typeShow'> {
  return typeStatus(context, context.registry.type(name));
}

function typeStatus({ registry }: Context, type: TypeDefinition): TypeStatus {
  const resources = registry.resourcesOfType(type.name);
  const hosts = new Set(resources.map((name) => registry.resource(name).hostId));
  return {
    ...type,
    builtIn: registry.isBuiltIn(type.name),
    source: registry.sources.of('type', type.name),
    resources: [...resources],
    hosts: [...hosts],
  };
}
