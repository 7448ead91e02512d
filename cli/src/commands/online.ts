import type { Command } from 'commander';
import { type ChangeOptions, changeState } from '../states/change-state.ts';
import { acts, examples } from '../command.ts';

export function define(command: Command): void {
  acts(command)
    .argument('<name...>', 'resources')
    .option('--wait <seconds>', 'wait at most this long; 0 returns at once (default: until they have settled)')
    .option('--clear-hang', 'also leave hang mode (after an entry point of a script did not return)')
    .action((names: string[], options: ChangeOptions, self: Command) => changeState(self, 'Online', { names }, options));
  examples(
    command,
    ['andon online mail', 'and wait until it is Online, or has failed'],
    ['andon online mail web --wait 30', 'at most 30 seconds'],
    ['andon online mail --wait 0', 'only ask'],
  );
}
