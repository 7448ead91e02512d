import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { LogLevel } from '@andon/protocol';
import { type DestinationStream, pino } from 'pino';
import { z } from 'zod';
import type { Log } from '../ports/index.ts';
import { RotatedFile } from './posix/rotated-file.ts';

const STANDARD_OUTPUT = 1;
const STANDARD_ERROR = 2;

/** Syslog priorities from pino's lowest level that has them. */
const PRIORITIES = [
  { from: 50, priority: 3 },
  { from: 40, priority: 4 },
  { from: 30, priority: 6 },
] as const;
const DEBUG_PRIORITY = 7;

/** A log whose level can be changed. */
interface LeveledLog extends Log {
  level: string;
}

type LogTarget = 'terminal' | 'journal' | 'file';

/** A person at a terminal reads lines, the journal wants its own, everyone else gets a file of JSON lines. */
function usualTarget(): LogTarget {
  if (process.env['JOURNAL_STREAM']) return 'journal';
  return process.stderr.isTTY ? 'terminal' : 'file';
}

/**
 * The daemon's log. Writing never throws, and no thread stands between a line and its target.
 *
 * @param path file for target `file`; rotated
 * @param level lowest level that is written; may be changed later
 */
export function createLog(path: string, target: LogTarget = usualTarget(), level: LogLevel = 'info'): LeveledLog {
  const options = { level, base: null };
  if (target === 'terminal') return pino(options, toTerminal());
  if (target === 'journal') return pino({ ...options, timestamp: false }, toJournal());
  return pino({ ...options, timestamp: pino.stdTimeFunctions.isoTime }, toFile(path));
}

/** pino-pretty as a function, since its stream would hold lines back; loaded only where somebody reads them. */
function toTerminal(): DestinationStream {
  const { prettyFactory }: typeof import('pino-pretty') = createRequire(import.meta.url)('pino-pretty');
  const pretty = prettyFactory({
    colorize: process.stderr.isTTY && process.stderr.hasColors(),
    translateTime: 'SYS:HH:MM:ss.l',
  });
  return tolerant((line) => writeSync(STANDARD_ERROR, pretty(line)));
}

const Line = z.looseObject({ level: z.number(), msg: z.string().default('') });

/** sd-daemon(3): `<N>` in front of a line is its priority. The journal dates its lines itself. */
function toJournal(): DestinationStream {
  return tolerant((text) => {
    const { level, msg, ...fields } = Line.parse(JSON.parse(text));
    const prefix = `<${PRIORITIES.find(({ from }) => level >= from)?.priority ?? DEBUG_PRIORITY}>`;
    const whole = Object.keys(fields).length > 0 ? `${msg} ${JSON.stringify(fields)}` : msg;
    // The second line of a text would else be an entry without a priority.
    writeSync(STANDARD_OUTPUT, `${prefix}${whole.replaceAll('\n', `\n${prefix}`)}\n`);
  });
}

function toFile(path: string): DestinationStream {
  const file = new RotatedFile(path);
  const lost = (count: number): string =>
    `${JSON.stringify({ level: pino.levels.values['warn'], time: new Date().toISOString(), msg: `${count} lines of this log were lost` })}\n`;
  return { write: (line) => file.write(line, lost) };
}

/** A terminal that went away or a journal that does not read is no reason to stop. */
function tolerant(write: (line: string) => void): DestinationStream {
  return {
    write(line) {
      try {
        write(line);
      } catch {
        // There is nobody left to tell.
      }
    },
  };
}
