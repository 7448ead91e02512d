import type { Command } from 'commander';
import { acts, examples, finish, type JsonOption } from '../command.ts';
import { note } from '../terminal/output.ts';
import type { PlaceFlags } from '../connection/places.ts';
import { EXIT } from '@andon/protocol/errors';

interface Options extends JsonOption {
  readonly purge?: boolean;
}

export function define(command: Command): void {
  acts(command).option('--purge', 'also remove state, configuration and logs: everything that was there').action(uninstallService);
  examples(
    command,
    ['sudo andon service uninstall', 'resources go offline in order; configuration and state stay'],
    ['sudo andon service uninstall --purge', 'keep a copy first: andon export > exported.toml'],
  );
}

async function uninstallService(options: Options, command: Command): Promise<void> {
  const { mayUninstall, purged, uninstall } = await import('../service/uninstall.ts');
  const { servicePlace } = await import('../service/service-place.ts');
  const { journalOf } = await import('../service/install.ts');
  const place = servicePlace(command.optsWithGlobals<PlaceFlags>());
  await mayUninstall(place);
  if (options.purge && !options.json) note(`removing with everything in them: ${purged(place).join(', ')}`);
  const { wasInstalled, removed, left, exitCode } = await uninstall(place, options.purge === true);
  const inUse = left.some(({ why }) => why.startsWith('in use'));
  if (inUse || (exitCode ?? 0) !== 0) process.exitCode = EXIT.notReached;
  finish(
    options,
    { wasInstalled, removed, left, exitCode },
    wasInstalled ? '' : `andond is not installed as a service of the ${place.scope}: ${place.unitPath} does not exist`,
    (exitCode ?? 0) === 0 ? '' : `andond ended with exit code ${exitCode}: not every resource got offline. See: ${journalOf(place)}`,
    ...removed.map((path) => `removed ${path}`),
    ...left.map(({ path, why }) => `left ${path}: ${why}`),
  );
}
