import type { Command } from 'commander';
import { acts, examples, finish, type JsonOption } from '../command.ts';
import type { PlaceFlags } from '../connection/places.ts';

interface Options extends JsonOption {
  readonly detach?: boolean;
}

export function define(command: Command): void {
  acts(command).option('-d, --detach', 'in the background; returns when it can be asked').action(startDaemon);
  examples(
    command,
    ['andon up', 'in this terminal; Ctrl-C takes all resources offline and ends it'],
    ['andon up --detach', 'in the background; end it with: andon down'],
    ['sudo andon up --system --detach', "the system's daemon"],
  );
}

async function startDaemon(options: Options, command: Command): Promise<void> {
  const { becomeDaemon, detachDaemon, refuseSecond } = await import('../daemon/daemon-process.ts');
  const { daemonEnvironment, places } = await import('../connection/places.ts');
  const flags = command.optsWithGlobals<PlaceFlags>();
  const [place] = places(flags);
  if (!place) return;
  await refuseSecond(place);
  const env = daemonEnvironment(flags, place);
  if (!options.detach) return becomeDaemon(env);
  const { pid, output } = await detachDaemon(place, env);
  finish(options, { pid, runtimeDir: place.runtimeDir, output }, `andond runs, pid ${pid}; its output: ${output}`);
}
