import type { Command } from 'commander';
import { examples, type JsonOption, reads } from '../command.ts';
import { writeJson } from '../terminal/output.ts';
import type { PlaceFlags } from '../connection/places.ts';

export function define(command: Command): void {
  reads(command).action(printUnit);
  examples(
    command,
    ['andon service print', 'the unit that "andon service install" would write'],
    ['andon service print --user > andond.service', 'to change it and install it by hand'],
  );
}

async function printUnit(options: JsonOption, command: Command): Promise<void> {
  const { ownPrograms } = await import('../service/programs.ts');
  const { servicePlace } = await import('../service/service-place.ts');
  const { unitText } = await import('../service/unit.ts');
  const place = servicePlace(command.optsWithGlobals<PlaceFlags>());
  const text = unitText(place, await ownPrograms());
  if (options.json) return writeJson({ unit: place.unitPath, text });
  process.stdout.write(text);
}
