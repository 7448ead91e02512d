import { readdirSync, readFileSync } from 'node:fs';

/** Living processes of which `test` holds; those that end meanwhile are none. */
function processes(test: (pid: number) => boolean): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return test(pid);
      } catch {
        return false;
      }
    });
}

export function childrenOf(parent: number): number[] {
  return processes((pid) => Number(/^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) === parent);
}

/** Processes with this word among their arguments. */
export function withArgument(word: string): number[] {
  return processes((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(word));
}
