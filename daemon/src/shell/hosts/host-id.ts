import type { TypeDefinition } from '@andon/protocol';

/** The host of the types that come with andon and share one. */
const BUILT_IN_HOST = 'builtin';

/** Which host serves a resource: one of its own, one shared by its type, or one shared by types with the same command. */
export function hostIdFor(type: TypeDefinition, resource: string, alone: boolean, isBuiltIn: boolean): string {
  if (alone) return ownHostId(type.name, resource);
  if (!type.properties.shareHost) return type.name;
  if (isBuiltIn) return BUILT_IN_HOST;
  const { user = '', noNewPrivileges, limits } = type.properties;
  // Hosts without restrictions keep the id that they had before there were any: they are adopted under it.
  const restrictions = noNewPrivileges === undefined && limits === undefined ? [] : [noNewPrivileges ?? null, limits ?? null];
  return `shared-${fingerprint(JSON.stringify([type.command, type.cwd ?? '', type.env, user, ...restrictions]))}`;
}

/** The host of one resource alone. */
export function ownHostId(type: string, resource: string): string {
  return `${type}.${resource}`;
}

/** FNV-1a: names a shared host by what its types have in common. No secret and no security in it. */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, '0');
}
