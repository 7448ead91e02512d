import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isResourceType, type ResourceType } from './define.ts';
import { messageOf } from './operation.ts';

/** The module cannot serve as a host; the message says why and what to do. */
export class ModuleError extends Error {
  override readonly name = 'ModuleError';
}

/** Imports a module and answers the types that it exports, each once. Throws ModuleError. */
export async function loadResourceTypes(file: string): Promise<readonly ResourceType[]> {
  const path = resolve(file);
  if (!existsSync(path)) throw new ModuleError(`there is no file ${path}`);
  offerOwnPackages();
  const exported = await importModule(path);
  const types = [...new Set(Object.values(exported).flat())].filter(isResourceType);
  if (types.length > 0) return types;
  const names = Object.keys(exported).filter((name) => name !== 'module.exports');
  throw new ModuleError(
    `${path} exports no resource type (it exports ${names.length > 0 ? names.join(', ') : 'nothing'}).\n` +
      `Write: import { defineResourceType } from '@andon/resource-host'; export default defineResourceType({ name: '…', … });`,
  );
}

/**
 * A file anywhere on the machine may import this package and zod without installing them: what it cannot find itself is
 * taken from here.
 */
function offerOwnPackages(): void {
  registerHooks({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context);
      } catch (error) {
        if (!OWN_PACKAGES.has(specifier)) throw error;
        return next(specifier, { ...context, parentURL: import.meta.url });
      }
    },
  });
}

const OWN_PACKAGES: ReadonlySet<string> = new Set(['@andon/resource-host', 'zod']);

async function importModule(path: string): Promise<Record<string, unknown>> {
  try {
    const module: Record<string, unknown> = await import(pathToFileURL(path).href);
    return module;
  } catch (error) {
    throw new ModuleError(`${path} cannot be loaded: ${messageOf(error)}`, { cause: error });
  }
}
