import { Command, CommanderError } from 'commander';

// The fast path of `andon` is a budget (design.md 5): the file of the one command that was named is loaded, and no other.
const typed = process.argv.slice(2);
/** Only what stands before `--` is for us; behind it is a host's command. */
const own = typed.includes('--') ? typed.slice(0, typed.indexOf('--')) : typed;

// A reader that has gone, as in `andon events | head`, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 70);
});

try {
  const { buildProgram, withoutHelpWord } = await import('./program.ts');
  const words = withoutHelpWord(own);
  const program = await buildProgram(new Command('andon'), words);
  await program.parseAsync([...words, ...typed.slice(own.length)], { from: 'user' });
} catch (error) {
  const { reportFailure } = await import('./failure.ts');
  process.exitCode = reportFailure(error instanceof CommanderError ? usageOf(error) : error, own.includes('--json'));
}

/** Commander has printed help, version or its complaint by now; only the exit code is ours. */
function usageOf(error: CommanderError): { readonly usage: string; readonly exit: number } {
  return {
    usage: error.message.replace(/^error: /, '').replaceAll('\n', ' '),
    exit: error.exitCode === 0 ? 0 : 2,
  };
}
