import type { Command } from 'commander';
import { examples } from '../command.ts';
import type { PlaceFlags } from '../places.ts';

export function define(command: Command): void {
  command.action(printUnit);
  examples(
    command,
    ['andon service print', 'the unit that "andon service install" would write'],
    ['andon service print --user > andond.service', 'to change it and install it by hand'],
  );
}

async function printUnit(_options: object, command: Command): Promise<void> {
  const { ownPrograms } = await import('../service/programs.ts');
  const { servicePlace } = await import('../service/service-place.ts');
  const { unitText } = await import('../service/unit.ts');
  process.stdout.write(unitText(servicePlace(command.optsWithGlobals<PlaceFlags>()), await ownPrograms()));
}
