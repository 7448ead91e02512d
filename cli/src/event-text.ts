import type { AndonEvent } from '@andon/protocol';
import { type Cell, paint, printable, type Style, writeLine } from './output.ts';
import { eventWords } from './event-words.ts';
import { localTime } from './words.ts';

/** Within this long after another event of the same resource the difference says more than the time of day. */
const DELTA_LIMIT_US = 1_000_000;

const STYLES: Readonly<Record<string, Style>> = {
  online: 'green',
  failed: 'red',
  failureReported: 'red',
  terminateCalled: 'yellow',
  deadlock: 'red',
  hostExited: 'yellow',
  hostQuarantined: 'red',
  hostNotGone: 'red',
  restartsExhausted: 'red',
  storeTrouble: 'red',
};

/** Prints one event a line; it remembers the last one of each resource to tell how soon after it the next came. */
export function eventPrinter(): (event: AndonEvent) => void {
  const lastUs = new Map<string, number>();
  return (event) => {
    const who = event.resource ?? event.host;
    const before = who === null ? undefined : lastUs.get(who);
    if (who !== null) lastUs.set(who, event.monotonicUs);
    const words: Cell = { text: printable(eventWords(event)), style: STYLES[event.kind] ?? 'none' };
    const delta = before === undefined ? '' : deltaText(event.monotonicUs - before);
    writeLine(`${paint('dim', localTime(event.at))}  ${subject(event)}  ${paint(words.style, words.text)}${paint('dim', delta)}`.trimEnd());
  };
}

function subject({ resource, host, incarnation }: AndonEvent): string {
  if (resource === null) return host === null ? 'andond' : `host ${host}`;
  return incarnation === null || incarnation === 0 ? resource : `${resource}@${incarnation}`;
}

function deltaText(us: number): string {
  if (us < 0 || us >= DELTA_LIMIT_US) return '';
  return us < 1000 ? `  +${Math.round(us)} µs` : `  +${(us / 1000).toFixed(1)} ms`;
}
