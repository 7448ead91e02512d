import type { AndonEvent } from '@andon/protocol';
import { type Cell, paint, printable, writeLine } from '../terminal/output.ts';
import { eventWords, styleOfEvent, subjectOf } from './event-words.ts';
import { localTime } from '../terminal/words.ts';

/** Within this long after another event of the same resource the difference says more than the time of day. */
const DELTA_LIMIT_US = 1_000_000;

/** Prints one event a line; it remembers the last one of each resource to tell how soon after it the next came. */
export function eventPrinter(): (event: AndonEvent) => void {
  const lastUs = new Map<string, number>();
  return (event) => {
    const who = event.resource ?? event.host;
    const before = who === null ? undefined : lastUs.get(who);
    if (who !== null) lastUs.set(who, event.monotonicUs);
    const words: Cell = { text: printable(eventWords(event)), style: styleOfEvent(event) };
    const delta = before === undefined ? '' : deltaText(event.monotonicUs - before);
    writeLine(
      `${paint('dim', localTime(event.at))}  ${subjectOf(event)}  ${paint(words.style, words.text)}${paint('dim', delta)}`.trimEnd(),
    );
  };
}

function deltaText(us: number): string {
  if (us < 0 || us >= DELTA_LIMIT_US) return '';
  return us < 1000 ? `  +${Math.round(us)} µs` : `  +${(us / 1000).toFixed(1)} ms`;
}
