import type { Command } from 'commander';
import { type ChangeOptions, changeState } from '../states/change-state.ts';
import { acts, examples } from '../command.ts';

export function define(command: Command): void {
  acts(command)
    .argument('<name...>', 'resources')
    .option('--wait <seconds>', 'wait at most this long; 0 returns at once (default: until they have settled)')
    .action((names: string[], options: ChangeOptions, self: Command) => changeState(self, 'Offline', { names }, options));
  examples(
    command,
    ['andon offline mail', 'and wait until it is Offline, or has failed'],
    ['andon offline mail web --wait 30', 'at most 30 seconds'],
    ['andon offline mail --wait 0', 'only ask'],
  );
}
