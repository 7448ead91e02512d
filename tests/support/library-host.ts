import { join } from 'node:path';
import { TypeName } from '@andon/protocol';
import type { TestDaemon } from './daemon.ts';

const root = join(import.meta.dirname, '../..');

/** Where the library host of this daemon reads whom to fail on SIGUSR2. */
export function failsPath(daemon: TestDaemon): string {
  return join(daemon.folder, 'library-fails');
}

/** Registers the type "library", whose host runs on andon's own library. */
export async function libraryType(daemon: TestDaemon): Promise<void> {
  const command = [
    process.execPath,
    join(root, 'resource-host/bin/andon-resource-host.js'),
    join(root, 'tests/fixtures/hosts/library-host.ts'),
  ];
  const env = { LIBRARY_JOURNAL: daemon.journalPath, LIBRARY_FAILS: failsPath(daemon) };
  await daemon.client.request('typeRegister', { type: { name: TypeName.parse('library'), command, env } });
}

/** Adds resources of the library host that are restarted at once, however often they fail. */
export async function addLibrary(daemon: TestDaemon, ...names: string[]): Promise<void> {
  for (const name of names) {
    const properties = { RestartDelay: 1, RestartThreshold: 1_000_000 };
    await daemon.client.request('resourceAdd', { resource: { name, type: 'library', properties } });
  }
}
