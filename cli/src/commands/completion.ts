import type { Command } from 'commander';
import { examples } from '../command.ts';
import { usageError } from '../failure.ts';
import { suggestion } from '@andon/protocol/suggestions';

/** Every script hands the words of the line to `andon complete`, the last one as far as it is typed. PowerShell's is untested. */
const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `_andon() {
  local IFS=$'\\n'
  COMPREPLY=($(andon complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _andon andon
`,
  zsh: `#compdef andon
_andon() {
  local -a found
  found=("\${(@f)$(andon complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -a found
}
compdef _andon andon
`,
  fish: `complete -c andon -f -a '(andon complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
`,
  powershell: `Register-ArgumentCompleter -Native -CommandName andon -ScriptBlock {
  param($word, $line, $position)
  $words = @($line.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
  if ($word -eq '') { $words += '' }
  andon complete -- @words 2>$null | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
}
`,
};

export function define(command: Command): void {
  command.argument('<shell>', Object.keys(SCRIPTS).join(', ')).action(printScript);
  examples(
    command,
    ['andon completion bash >> ~/.bashrc', ''],
    ['andon completion zsh > "${fpath[1]}/_andon"', ''],
    ['andon completion fish > ~/.config/fish/completions/andon.fish', ''],
  );
}

function printScript(shell: string): void {
  const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
  const known = Object.keys(SCRIPTS);
  if (script === undefined)
    throw usageError(`There is no completion for "${shell}".${suggestion(shell, known)}`, `Known: ${known.join(', ')}.`);
  process.stdout.write(script);
}
