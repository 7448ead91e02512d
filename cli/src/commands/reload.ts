import type { ControlResult } from '@andon/protocol';
import type { Command } from 'commander';
import { acts, examples, finish, type JsonOption } from '../command.ts';
import { withDaemon } from '../connection/connect.ts';
import { note, writeLine } from '../terminal/output.ts';

interface Options extends JsonOption {
  readonly dryRun?: boolean;
  readonly force?: boolean;
}

/** With --force the daemon takes resources offline before it answers. */
const RELOAD_LIMIT_MS = 600_000;

export function define(command: Command): void {
  acts(command)
    .option('--dry-run', 'only show what it would do')
    .option('--force', 'remove even what is not offline; it is taken offline first')
    .action(reload);
  examples(
    command,
    ['andon reload --dry-run', 'what the files would change'],
    ['andon reload', 'what a file named earlier and none names now is removed'],
  );
}

async function reload(options: Options, command: Command): Promise<void> {
  const { force = false, dryRun = false } = options;
  const { directory, steps, settings, warnings } = await withDaemon(command, (client) =>
    client.request('reload', { dryRun, force }, RELOAD_LIMIT_MS),
  );
  const { outcome, showPlan } = await import('../manifest/plan-text.ts');
  if (!options.json) {
    showPlan(steps);
    for (const line of settings.map(settingLine)) writeLine(line);
  }
  for (const warning of warnings) note(`warning: ${warning}`);
  finish(options, { dryRun, directory, steps, settings, warnings }, outcome(`reloaded ${directory}`, steps, dryRun));
}

function settingLine({ setting, before, after, effect }: ControlResult<'reload'>['settings'][number]): string {
  return `setting ${setting}: ${before} → ${after}; ${effect === '' ? 'at once' : effect}`;
}
