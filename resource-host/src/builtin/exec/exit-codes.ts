/** What an entry point says by its exit code: the codes of OCF resource agents, and those by which a shell says that it found nothing to run. */
interface ExitCode {
  readonly name: string;
  /** What it means, and what to do. */
  readonly means: string;
}

export const EXIT = { success: 0, unimplemented: 3, notRunning: 7, promoted: 8 } as const;

const EXIT_CODES: Readonly<Record<number, ExitCode>> = {
  0: { name: 'OCF_SUCCESS', means: 'success' },
  1: { name: 'OCF_ERR_GENERIC', means: 'it failed' },
  2: { name: 'OCF_ERR_ARGS', means: 'its arguments are wrong: check args and env of the resource' },
  3: { name: 'OCF_ERR_UNIMPLEMENTED', means: 'the script does not know this entry point' },
  4: { name: 'OCF_ERR_PERM', means: 'it lacks a permission: check user, and the owner of what it uses' },
  5: { name: 'OCF_ERR_INSTALLED', means: 'something that it needs is not installed' },
  6: { name: 'OCF_ERR_CONFIGURED', means: 'what it manages is configured wrongly' },
  7: { name: 'OCF_NOT_RUNNING', means: 'it is not running' },
  8: { name: 'OCF_RUNNING_PROMOTED', means: 'it is running' },
  126: { name: 'the shell', means: 'a command of the script is not executable' },
  127: { name: 'the shell', means: 'a command of the script was not found' },
};

/** How an entry point ended that was not killed for taking too long. */
export interface Ending {
  /** Null: a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it said last. */
  readonly said: string;
}

/** `cannot bind port 80 (online: exit code 4, OCF_ERR_PERM: it lacks a permission…)` */
export function inWords(entryPoint: string, { code, signal, said }: Ending): string {
  const known = code === null ? undefined : EXIT_CODES[code];
  const how = code === null ? `killed by ${signal}` : `exit code ${code}`;
  const ending = `${entryPoint}: ${how}${known ? `, ${known.name}: ${known.means}` : ''}`;
  return said === '' ? ending : `${said} (${ending})`;
}
