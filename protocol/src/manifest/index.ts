// Configuration as people write it: TOML files on disk to and from what the daemon is told. For Node; loaded by whoever needs it only.
export { readFolder } from './folder.ts';
export { type HostTools, resolveCommand } from './host-command.ts';
export { Manifests, type Prepared } from './manifests.ts';
export { readManifest, type ReadManifest } from './read.ts';
export { readSettings } from './read-settings.ts';
export { asSource, type TextFile } from './text-file.ts';
export { typeDefinition, type TypeInput, type TypeWords } from './type-definition.ts';
export { manifestFiles, writeManifest } from './write.ts';
