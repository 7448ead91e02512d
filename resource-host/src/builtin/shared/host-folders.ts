import { createHash } from 'node:crypto';
import { LogFiles } from './log-files.ts';

let logs: LogFiles | undefined;

/** One for the whole host: it watches the folder of all logs. */
export function logFiles(): LogFiles {
  logs ??= new LogFiles(stateDirectory());
  return logs;
}

export function stateDirectory(): string {
  const directory = process.env['ANDON_STATE_DIR'];
  if (!directory) throw new Error('ANDON_STATE_DIR is not set; the daemon sets it for its hosts');
  return directory;
}

/** Tells the daemons of one machine apart, which may all have a web-1; the next daemon of this one has the same. */
export function markOfDaemon(directory: string): string {
  return createHash('sha256').update(directory).digest('hex').slice(0, 16);
}
