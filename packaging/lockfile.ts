import { readFileSync } from 'node:fs';
import { z } from 'zod';

const Entry = z.looseObject({
  version: z.string().optional(),
  license: z.string().optional(),
  integrity: z.string().optional(),
  link: z.boolean().default(false),
  dev: z.boolean().default(false),
  devOptional: z.boolean().default(false),
  hasInstallScript: z.boolean().default(false),
});
const Lockfile = z.object({ packages: z.record(z.string(), Entry) });

export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** As npm writes it: `sha512-` and base64. */
  readonly integrity: string;
  /** Only for development: no user installs it. */
  readonly isDevelopment: boolean;
  readonly hasInstallScript: boolean;
}

/** Every package that comes from a registry, by name and version. */
export function lockedPackages(path: string): readonly LockedPackage[] {
  const { packages } = Lockfile.parse(JSON.parse(readFileSync(path, 'utf8')));
  return Object.entries(packages)
    .filter(([place, { link }]) => place.includes('node_modules/') && !link)
    .map(([place, { version = '', license = '', integrity = '', dev, devOptional, hasInstallScript }]) => {
      const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
      return { name, version, license, integrity, isDevelopment: dev || devOptional, hasInstallScript };
    })
    .toSorted((a, b) => (nameAndVersion(a) < nameAndVersion(b) ? -1 : 1));
}

export function nameAndVersion({ name, version }: Pick<LockedPackage, 'name' | 'version'>): string {
  return `${name}@${version}`;
}
