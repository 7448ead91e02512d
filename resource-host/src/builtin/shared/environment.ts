const INHERITED = /^(PATH|HOME|LANG|LANGUAGE|LC_[A-Z]+|TZ|USER|LOGNAME|SHELL|TMPDIR|XDG_RUNTIME_DIR)$/;
export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Only what a program needs to find its way: what the daemon told its host is nobody else's business. */
export function inheritedEnvironment(): Record<string, string> {
  const inherited: Record<string, string> = { PATH: DEFAULT_PATH };
  for (const [name, value] of Object.entries(process.env)) {
    if (INHERITED.test(name) && value !== undefined) inherited[name] = value;
  }
  return inherited;
}
