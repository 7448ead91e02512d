import { closeSync, openSync, readSync } from 'node:fs';
import type { Contract } from '@andon/protocol';
import { event, poll } from '../../contract.ts';
import type { ScriptProperties } from './properties.ts';

const EVENT_LINE = /^[ \t]*(?:#|\/\/|--)[ \t]*andon:[ \t]*event-handle[ \t]*$/m;
const HEAD_BYTES = 64 * 1024;

/** What an online of this script answers. */
export function contractOf({ contract, looksAliveMs, isAliveMs }: ScriptProperties, path: string): Contract {
  if (contract === 'event' || (contract === 'auto' && EVENT_LINE.test(headOf(path)))) return event();
  return poll({ ...(looksAliveMs === undefined ? {} : { looksAliveMs }), ...(isAliveMs === undefined ? {} : { isAliveMs }) });
}

function headOf(path: string): string {
  const fd = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(HEAD_BYTES);
    return buffer.toString('utf8', 0, readSync(fd, buffer));
  } finally {
    closeSync(fd);
  }
}
