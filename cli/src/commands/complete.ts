import type { Command } from 'commander';
import { examples } from '../command.ts';
import { writeLine } from '../terminal/output.ts';

export function define(command: Command): void {
  command.argument('[words...]').action(complete);
  examples(command, ['andon complete -- online ma', 'what may follow, one a line; :files stands for names of files']);
}

async function complete(words: string[], _options: unknown, command: Command): Promise<void> {
  const { candidates, FILES } = await import('../completion/candidates.ts');
  const current = words.at(-1) ?? '';
  for (const candidate of new Set(await candidates(words.slice(0, -1), current, command)))
    if (candidate === FILES || candidate.startsWith(current)) writeLine(candidate);
}
