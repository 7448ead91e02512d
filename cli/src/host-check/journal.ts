import type { ParsedRecord } from '@andon/protocol';

/** A frame as it came, whatever is in it. */
export interface Frame {
  readonly type: string;
  readonly data: unknown;
  readonly text: string;
}

/** What can happen between the kit and one host. `connection` counts from 1. */
type Happening =
  | { readonly kind: 'connected' | 'closed'; readonly connection: number }
  | { readonly kind: 'sent'; readonly connection: number; readonly text: string }
  | { readonly kind: 'received'; readonly connection: number; readonly frame: Frame }
  | { readonly kind: 'record'; readonly line: string; readonly record: ParsedRecord | null }
  | { readonly kind: 'ended'; readonly how: string };
/** `atMs`: since the kit began. */
export type Entry = Happening & { readonly atMs: number };

const SHOWN_LENGTH = 400;

/** Everything that happened on one stage, in order; and the one place where the kit waits for something to happen. */
export class Journal {
  readonly #entries: Entry[] = [];
  readonly #watchers = new Set<(entry: Entry) => void>();
  readonly #show: (line: string) => void;

  /** `show`: is told of every entry as it happens. */
  constructor(show: (line: string) => void) {
    this.#show = show;
  }

  /** Where the next entry will stand: a mark for `since`. */
  get mark(): number {
    return this.#entries.length;
  }

  add(happening: Happening): void {
    const entry = { ...happening, atMs: performance.now() };
    this.#entries.push(entry);
    this.#show(lineOf(entry));
    for (const watcher of this.#watchers) watcher(entry);
  }

  since(mark: number): readonly Entry[] {
    return this.#entries.slice(mark);
  }

  /** What `select` finds in the first entry since `mark` in which it finds something; null when that did not come in time. */
  async next<Found>(select: (entry: Entry) => Found | undefined, limitMs: number, mark = 0): Promise<Found | null> {
    for (const entry of this.since(mark)) {
      const found = select(entry);
      if (found !== undefined) return found;
    }
    return new Promise((resolve) => {
      const settle = (found: Found | null): void => {
        clearTimeout(timer);
        this.#watchers.delete(watcher);
        resolve(found);
      };
      const watcher = (entry: Entry): void => {
        const found = select(entry);
        if (found !== undefined) settle(found);
      };
      const timer = setTimeout(() => settle(null), limitMs);
      this.#watchers.add(watcher);
    });
  }

  /** The last entries as lines, the newest last. */
  tail(count: number): readonly string[] {
    return this.#entries.slice(-count).map(lineOf);
  }
}

function lineOf(entry: Entry): string {
  const at = `${(entry.atMs / 1000).toFixed(3)} s`;
  return `${at}  ${wordsOf(entry)}`;
}

function wordsOf(entry: Entry): string {
  switch (entry.kind) {
    case 'connected':
      return `host    connects (connection ${entry.connection})`;
    case 'closed':
      return `        connection ${entry.connection} is closed`;
    case 'sent':
      return `daemon  ${shown(entry.text)}`;
    case 'received':
      return `host    ${shown(entry.frame.text)}`;
    case 'record':
      return `pipe    ${shown(entry.line)}`;
    case 'ended':
      return `        the host process ${entry.how}`;
  }
}

/** Bytes that are no printable text stand as escapes. */
export function shown(text: string): string {
  const escaped = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"');
  return escaped.length > SHOWN_LENGTH ? `${escaped.slice(0, SHOWN_LENGTH)}… (${text.length} characters)` : escaped;
}
