import { LogFiles } from './log-files.ts';

let logs: LogFiles | undefined;

/** The log files of everything that this host runs. */
export function logFiles(): LogFiles {
  logs ??= new LogFiles(stateDirectory());
  return logs;
}

/** Where the daemon lets its hosts write. */
export function stateDirectory(): string {
  const directory = process.env['ANDON_STATE_DIR'];
  if (!directory) throw new Error('ANDON_STATE_DIR is not set; the daemon sets it for its hosts');
  return directory;
}

/** Throws where there is no /proc to find processes in. */
export function requireLinux(type: string): void {
  if (process.platform !== 'linux') throw new Error(`${type} needs Linux (/proc); this is ${process.platform}`);
}
