import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HostTools } from '@andon/protocol/manifest';

/** Where the library for hosts is. It comes with the daemon, so it is looked for from there: it need not be a neighbour. */
export function libraryFolder(): string {
  const daemon = fileURLToPath(import.meta.resolve('@andon/daemon/package.json'));
  return dirname(createRequire(daemon).resolve('@andon/resource-host/package.json'));
}

/** What this installation has for hosts. */
export const HOST_TOOLS: HostTools = {
  moduleRunner: () => join(libraryFolder(), 'bin', 'andon-resource-host.js'),
};
