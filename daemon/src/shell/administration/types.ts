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
  const warnings = typeWarnings(context, type);
  if (before && isSame(before, type)) return { outcome: 'unchanged', effect: '', warnings };
  for (const name of registry.resourcesOfType(type.name))
    registry.checkPrivateProperties(name, type, registry.resource(name).definition.set);
  saveConfiguration(context, { saveTypes: [type] });
  const effect = installType(context, type);
  return { outcome: before ? 'changed' : 'created', effect, warnings };
}

export function checkType({ registry }: Context, type: TypeDefinition): void {
  if (registry.isBuiltIn(type.name)) throw new AndonError('builtInType', { name: type.name, action: 'registered anew' });
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
  const before = registry.types.get(type.name);
  registry.types.set(type.name, type);
  if (!before) {
    journal.publish('typeRegistered', { type: type.name });
    return '';
  }
  let isRunning = false;
  for (const name of registry.resourcesOfType(type.name)) {
    const resource = registry.resource(name);
    resource.policy = policyOf(resource.definition, type);
    const slot = hosts.slots.get(resource.hostId);
    if (!slot) continue;
    const isCommandNew = JSON.stringify(slot.plan.argv) !== JSON.stringify(type.command);
    slot.plan = planFor(slot.hostId, type);
    if (isCommandNew) slot.unquarantine();
    if (slot.pid !== null && isCommandNew) isRunning = true;
  }
  const effect = isRunning ? 'stored, takes effect at the next start of its host' : '';
  journal.publish('typeChanged', { type: type.name, effect });
  return effect;
}

export function typeUnregister(context: Context, { name }: { name: string }): ControlResult<'typeUnregister'> {
  const { registry, journal } = context;
  const type = registry.type(name);
  if (registry.isBuiltIn(name)) throw new AndonError('builtInType', { name, action: 'unregistered' });
  const resources = registry.resourcesOfType(type.name);
  if (resources.length > 0) throw new AndonError('typeInUse', { name, resources: resources.join(' ') });
  saveConfiguration(context, { deleteTypes: [name] });
  registry.types.delete(name);
  journal.publish('typeUnregistered', { type: name });
  return {};
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
  return { ...type, builtIn: registry.isBuiltIn(type.name), resources: [...resources], hosts: [...hosts] };
}
