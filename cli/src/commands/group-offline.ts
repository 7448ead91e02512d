import type { Command } from 'commander';
import { type ChangeOptions, changeState } from '../states/change-state.ts';
import { acts, examples } from '../command.ts';

export function define(command: Command): void {
  acts(command)
    .argument('<name>', 'group')
    .option('--wait <seconds>', 'wait at most this long; 0 returns at once (default: until all have settled)')
    .action((group: string, options: ChangeOptions, self: Command) => changeState(self, 'Offline', { group }, options));
  examples(
    command,
    ['andon group offline shop', 'every resource of the group "shop"'],
    ['andon group offline shop --wait 60', 'at most a minute'],
  );
}
