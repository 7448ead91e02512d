/** Exit codes of the OCF resource agent API 1.1, with what an administrator can do about each. */
const EXIT_CODES: ReadonlyMap<number, { readonly name: string; readonly remedy: string }> = new Map([
  [0, { name: 'success', remedy: '' }],
  [1, { name: 'generic error', remedy: '' }],
  [2, { name: 'wrong arguments', remedy: 'look at the properties args and env' }],
  [3, { name: 'not implemented', remedy: 'the script has to know this word' }],
  [4, { name: 'insufficient privileges', remedy: 'the user of the daemon may not do this: let it' }],
  [5, { name: 'not installed', remedy: 'install what the script needs' }],
  [6, { name: 'not configured', remedy: 'complete the properties of the resource' }],
  [7, { name: 'not running', remedy: '' }],
  [8, { name: 'running, promoted', remedy: '' }],
  [9, { name: 'failed, promoted', remedy: '' }],
  [190, { name: 'running, degraded', remedy: '' }],
  [191, { name: 'running, promoted, degraded', remedy: '' }],
  [126, { name: 'not executable', remedy: 'chmod +x' }],
  [127, { name: 'command not found', remedy: 'something that the script calls is not in PATH' }],
]);

export const SUCCESS = 0;
/** Answers of a monitor by which it runs: also promoted, also degraded. */
const RUNNING: ReadonlySet<number> = new Set([0, 8, 190, 191]);
export const DEGRADED: ReadonlySet<number> = new Set([190, 191]);
export const WRONG_ARGUMENTS = 2;
export const NOT_IMPLEMENTED = 3;
export const NOT_INSTALLED = 5;
export const NOT_CONFIGURED = 6;
export const NOT_RUNNING = 7;

/** `exit code 5 (not installed)`. */
export function exitWords(code: number): string {
  const known = EXIT_CODES.get(code);
  return known ? `exit code ${code} (${known.name})` : `exit code ${code}`;
}

/** What to do next; empty when nobody can say. */
export function remedyOf(code: number): string {
  return EXIT_CODES.get(code)?.remedy ?? '';
}

export function isRunningCode(code: number): boolean {
  return RUNNING.has(code);
}
