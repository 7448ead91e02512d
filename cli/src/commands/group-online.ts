import type { Command } from 'commander';
import { type ChangeOptions, changeState } from '../states/change-state.ts';
import { acts, examples } from '../command.ts';

export function define(command: Command): void {
  acts(command)
    .argument('<name>', 'group')
    .option('--wait <seconds>', 'wait at most this long; 0 returns at once (default: until all have settled)')
    .action((group: string, options: ChangeOptions, self: Command) => changeState(self, 'Online', { group }, options));
  examples(
    command,
    ['andon group online shop', 'every resource of the group "shop"'],
    ['andon group online shop --wait 60', 'at most a minute'],
  );
}
