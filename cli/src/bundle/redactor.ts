import { isRecord } from '@andon/protocol/json';
import { LEFT_OUT } from './secrets.ts';

/** A shorter value occurs everywhere: it is left out where it is configured, and not looked for elsewhere. */
const SHORTEST = 4;
const SHORTEST_LINE = 8;
/** Words that are values of many things and secrets of none. */
const COMMON: ReadonlySet<string> = new Set(['true', 'false', 'null', 'none', LEFT_OUT]);

/** `password=…`, `"token":"…"`, `--api-key …`, `Authorization: Bearer …`: told by the name in front, whatever the value. */
const NAMED =
  /((?:pass(?:word|wd|phrase)?|pwd|secret|token|credentials?|api[-_]?key|private[-_]?key|authorization)\w*\\?["']?\s*[=:]\s*\\?["']?(?:bearer |basic )?)([^\s"'\\,;&]{3,})/gi;
const OPTION = /(\s--?[\w-]*(?:pass|pwd|secret|token|credential|api-?key)[\w-]*\s+)([^\s"'\\-][^\s"'\\]*)/gi;
/** `scheme://user:password@host` */
const USER_INFO = /([a-z][a-z0-9+.-]*:\/\/[^\s:/@"']+:)([^\s/@"']+)(?=@)/gi;

/** Tokens of hosts look so; those of hosts that are gone are known to nobody any more. */
const HOST_TOKEN = /()\b([0-9a-f]{32})\b/g;

/** Replaces what was left out of the configuration wherever else it occurs. */
export class Redactor {
  /** How often something was replaced. */
  count = 0;
  readonly #known: RegExp | null;
  readonly #exact: ReadonlySet<string>;

  constructor(values: Iterable<string>) {
    const wanted = [...values].flatMap(formsOf).filter((text) => text.length >= SHORTEST && !COMMON.has(text.toLowerCase()));
    const longestFirst = [...new Set(wanted)].toSorted((a, b) => b.length - a.length);
    this.#exact = new Set(longestFirst);
    this.#known = longestFirst.length === 0 ? null : new RegExp(longestFirst.map((text) => escaped(text)).join('|'), 'g');
  }

  text(text: string): string {
    const known = this.#known === null ? text : text.replace(this.#known, () => this.#replaced());
    return [NAMED, OPTION, USER_INFO, HOST_TOKEN].reduce(
      (before, pattern) =>
        before.replace(pattern, (whole: string, name: string, value: string) =>
          LEFT_OUT.startsWith(value) ? whole : `${name}${this.#replaced()}`,
        ),
      known,
    );
  }

  /** The same of a JSON value, text by text, so that it stays JSON. */
  value(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value);
    if (typeof value === 'number') return this.#exact.has(String(value)) ? this.#replaced() : value;
    if (Array.isArray(value)) return value.map((member) => this.value(member));
    if (!isRecord(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [this.text(key), this.value(member)]));
  }

  #replaced(): string {
    this.count++;
    return LEFT_OUT;
  }
}

/** A value as it may stand in a log: itself, within JSON, within JSON in JSON, in an address, in base64, or line by line. */
function formsOf(value: string): string[] {
  const once = JSON.stringify(value).slice(1, -1);
  const twice = JSON.stringify(once).slice(1, -1);
  const encoded = [Buffer.from(value).toString('base64'), Buffer.from(value).toString('base64url')];
  const lines = value.includes('\n') ? value.split('\n').filter((line) => line.trim().length >= SHORTEST_LINE) : [];
  const forms = [value, value.trim(), once, twice, addressForm(value), ...lines];
  // The base64 of a short word is a short word too.
  return value.length >= SHORTEST_LINE ? [...forms, ...encoded] : forms;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/** A lone surrogate has no form in an address. */
function addressForm(value: string): string {
  return value.isWellFormed() ? encodeURIComponent(value) : value;
}
