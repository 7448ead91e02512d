import type { ServiceStatus } from '@andon/protocol';
import type { Command } from 'commander';
import { examples, type JsonOption, reads } from '../command.ts';
import { facts, paint, printable, writeJson, writeLine } from '../terminal/output.ts';
import type { PlaceFlags } from '../connection/places.ts';
import { localTime } from '../terminal/words.ts';

export function define(command: Command): void {
  reads(command).action(showStatus);
  examples(command, ['andon service status', 'exit code 0 while it runs, else 3'], ['andon service status --json', 'for programs']);
}

async function showStatus(options: JsonOption, command: Command): Promise<void> {
  const { exitOf, placeToRead, serviceStatus } = await import('../service/status.ts');
  const status = await serviceStatus(placeToRead(command.optsWithGlobals<PlaceFlags>()));
  process.exitCode = exitOf(status);
  if (options.json) return writeJson(status);
  writeLine(facts(linesOf(status)));
}

function linesOf(status: ServiceStatus): readonly (readonly [string, string])[] {
  const { scope, unit, installed, enabled, active, sub, result, pid, since, statusText, restarts, node } = status;
  if (!installed && pid === null) return [['service', `not installed (${unit}); install it with: andon service install`]];
  const troubled = result === 'success' ? '' : `, last result: ${result}`;
  return [
    ['service', `${unit} (${scope})`],
    ['state', `${paint(active === 'active' ? 'green' : 'red', active)} (${sub})${troubled}`],
    ['since', since === null ? '' : localTime(since).slice(0, 19)],
    ['pid', pid === null ? '' : String(pid)],
    ['says', printable(statusText)],
    ['restarts', `${restarts} by systemd`],
    [
      'starts',
      enabled ? (scope === 'system' ? 'with the machine' : 'with the first session, or the machine if you linger') : 'by hand only',
    ],
    ['unit', ageOf(status)],
    ['node', node ?? ''],
  ];
}

function ageOf({ upToDate }: ServiceStatus): string {
  if (upToDate === null) return 'not written by andon';
  return upToDate ? 'as this version writes it' : 'outdated; bring it up to date with: andon service install';
}
