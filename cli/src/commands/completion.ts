import type { Command } from 'commander';
import { suggestion } from '@andon/protocol/suggestions';
import { examples } from '../command.ts';
import { COMPLETION_SCRIPTS } from '../completion/completion-scripts.ts';
import { usageError } from '../failure.ts';

export function define(command: Command): void {
  command.argument('<shell>', Object.keys(COMPLETION_SCRIPTS).join(', ')).action(printScript);
  examples(
    command,
    ['andon completion bash >> ~/.bashrc', ''],
    ['andon completion bash > /etc/bash_completion.d/andon', 'for every user of this machine'],
    ['andon completion zsh > "${fpath[1]}/_andon"', ''],
    ['andon completion fish > ~/.config/fish/completions/andon.fish', ''],
  );
}

function printScript(shell: string): void {
  const script = Object.hasOwn(COMPLETION_SCRIPTS, shell) ? COMPLETION_SCRIPTS[shell] : undefined;
  const known = Object.keys(COMPLETION_SCRIPTS);
  if (script === undefined)
    throw usageError(`There is no completion for "${shell}".${suggestion(shell, known)}`, `Known: ${known.join(', ')}.`);
  process.stdout.write(script);
}
