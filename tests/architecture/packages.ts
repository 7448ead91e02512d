import { z } from 'zod';
import type { SourceFile } from './source-file.ts';

/** Hash of the one tarball of node-ipc 14.0.0 whose source was read, dependencies included. */
export const NODE_IPC_INTEGRITY = 'sha512-d5+aogND4Gk6aQkW5KCibliM4Mn12+isHXt8wFghO4Bn0gBSnev3TXJWQ4eEnzrlh5gCG+nwQEZwyayeDtQxQA==';

const versions = z.record(z.string(), z.string()).default({});
const PackageJson = z.object({
  dependencies: versions,
  devDependencies: versions,
  optionalDependencies: versions,
  peerDependencies: versions,
  scripts: versions,
});
const LockFile = z.object({
  packages: z.record(z.string(), z.object({ integrity: z.string().optional(), hasInstallScript: z.boolean().default(false) })),
});
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall', 'prepare'];
const EXACT = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;

function manifests(files: readonly SourceFile[]): { readonly path: string; readonly manifest: z.infer<typeof PackageJson> }[] {
  return files
    .filter(({ path }) => /(^|\/)package\.json$/.test(path))
    .map(({ path, text }) => ({ path, manifest: PackageJson.parse(JSON.parse(text)) }));
}

function lockFiles(files: readonly SourceFile[]): z.infer<typeof LockFile>[] {
  return files.filter(({ path }) => path === 'package-lock.json').map(({ text }) => LockFile.parse(JSON.parse(text)));
}

export function exactPins(files: readonly SourceFile[]): string[] {
  return manifests(files).flatMap(({ path, manifest }) => {
    const { dependencies, devDependencies, optionalDependencies, peerDependencies } = manifest;
    const all = [dependencies, devDependencies, optionalDependencies, peerDependencies].flatMap((group) => Object.entries(group));
    return all.filter(([, version]) => !EXACT.test(version)).map(([name, version]) => `${path} wants ${name} ${version}`);
  });
}

export function lockedIntegrity(entry: string, integrity: string): (files: readonly SourceFile[]) => string[] {
  return (files) =>
    lockFiles(files).flatMap(({ packages }) => {
      const copies = Object.keys(packages).filter((path) => path === entry || path.endsWith(`/${entry}`));
      const wrong = copies.filter((path) => packages[path]?.integrity !== integrity);
      return copies.length === 0 ? [`package-lock.json has no ${entry}`] : wrong.map((path) => `package-lock.json has another ${path}`);
    });
}

export function installScripts(files: readonly SourceFile[]): string[] {
  const locked = lockFiles(files).flatMap(({ packages }) =>
    Object.entries(packages)
      .filter(([, { hasInstallScript }]) => hasInstallScript)
      .map(([path]) => `package-lock.json: ${path} has an install script`),
  );
  const own = manifests(files).flatMap(({ path, manifest }) =>
    INSTALL_SCRIPTS.filter((script) => script in manifest.scripts).map((script) => `${path} has the script ${script}`),
  );
  return [...locked, ...own];
}
