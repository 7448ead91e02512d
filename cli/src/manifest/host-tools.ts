import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HostTools } from '@andon/protocol/manifest';

/** What this installation has for hosts. The library comes with the daemon, so it is looked for from there: it need not be a neighbour. */
export const HOST_TOOLS: HostTools = {
  moduleRunner() {
    const daemon = fileURLToPath(import.meta.resolve('@andon/daemon/package.json'));
    const library = createRequire(daemon).resolve('@andon/resource-host/package.json');
    return join(library, '..', 'bin', 'andon-resource-host.js');
  },
};
