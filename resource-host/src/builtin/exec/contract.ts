import { closeSync, openSync, readSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Contract } from '@andon/protocol';
import { event, poll } from '../../contract.ts';
import type { ScriptProperties } from './properties.ts';

/** By this line a script says that it, or what it starts, writes failure records. */
const DECLARATION = /^\s*(?:#|\/\/|--)\s*andon: event-handle\s*$/m;
/** The declaration stands near the beginning; a compiled program may be large. */
const LOOKED_AT_BYTES = 64 * 1024;

/** The contract under which the script brings its resource online. Throws when the script cannot be read to find out. */
export function contractOf({ contract, script, cwd, looksAliveMs, isAliveMs }: ScriptProperties): Contract {
  const isEvent = contract === 'auto' ? DECLARATION.test(beginningOf(resolve(cwd, script))) : contract === 'event';
  if (isEvent) return event();
  return poll({ ...(looksAliveMs === undefined ? {} : { looksAliveMs }), ...(isAliveMs === undefined ? {} : { isAliveMs }) });
}

function beginningOf(path: string): string {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new Error(`script ${path} cannot be read to see whether it is polled (${why}); set contract to event or poll`, { cause });
  }
  try {
    const bytes = Buffer.alloc(LOOKED_AT_BYTES);
    return bytes.toString('latin1', 0, readSync(fd, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(fd);
  }
}
