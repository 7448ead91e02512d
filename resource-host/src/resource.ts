import type { WireError } from '@andon/protocol';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface InMemoryProperties {
  /** One line that says how the resource is, shown by `andon status`. */
  readonly statusText?: string;
  readonly data1?: number;
  readonly data2?: number;
}

export interface Progress {
  /** Grows with every sign of progress; the same number again means *alive, but no progress*. Default: the last one + 1. */
  readonly checkpoint?: number;
  /** Shown by `andon status` while the operation is pending. Cut after 1024 characters. */
  readonly text?: string;
}

/** What an entry point is told of the call that it answers. One object for each call. */
export interface CallFacts {
  readonly name: string;
  /** Number of the resource's current (or last) online; 0 before the first. */
  readonly incarnation: number;
  /**
   * Aborted when the daemon cancels the call, when terminate overlaps it, and when this host ends. In `online` it belongs to
   * the whole incarnation: it is also aborted once the resource was taken offline, so a watcher can be given it.
   */
  readonly signal: AbortSignal;
  /** Path of the named pipe for failure records. Empty before the first online. */
  readonly eventHandle: string;
  /** What a failure record of this incarnation begins with: `web-1@7`. */
  readonly failureRecord: string;
  /** In `online`: an administrator has ended the hang mode of this resource. */
  readonly clearHang: boolean;
  /**
   * Tells the daemon at once that this incarnation has failed; it answers with terminate. May be called from anywhere and
   * at any time from the start of `online`; a second call changes nothing, nor does one after the incarnation has ended.
   * Throws before the first online.
   */
  readonly fail: (reason: string) => void;
  /**
   * Says that a long `online` or `offline` is alive. Never rejects. `terminate` means: give up, `signal` is aborted.
   * Reports may be made as often as one likes; while one is on its way only the newest of the others is kept.
   */
  readonly statusReport: (progress?: Progress) => Promise<'continue' | 'terminate'>;
  /** Shows values beside the resource in `andon status`. In memory only: gone when this host ends. */
  readonly setProperties: (values: InMemoryProperties) => void;
  /** Adds an event to the daemon's log under this resource's name. Cut after 1024 characters; lost while no daemon lives. */
  readonly log: (level: LogLevel, text: string) => void;
}

/** What every entry point after `open` is given. */
export interface Resource<Properties, State> extends CallFacts {
  /** Private properties as they were at the last online; before it, those given to open. */
  readonly properties: Properties;
  /** What `open` returned. May be replaced. */
  state: State;
}

/** What `open` is given: there is no incarnation yet. */
export interface OpeningResource<Properties> extends Pick<CallFacts, 'name' | 'signal' | 'setProperties' | 'log'> {
  readonly properties: Properties;
  /** The resource may be running: its former host died or was replaced. Find out, and say `foundRunning()` if it is. */
  readonly recover: boolean;
  /** The resource runs already. The `online` that follows must adopt or stop what runs, never start beside it. */
  foundRunning(): void;
}

/** Why `offline` or `terminate` was asked. */
export interface EndingCause {
  /** One word, such as `failureRecord`, `pendingTimeout` or `offline`. */
  readonly cause: string;
  /** For people: the text of the failure record, or another for the log. May be empty. */
  readonly reason: string;
  /** Of a terminate: this host is killed when it takes longer, ms. */
  readonly deadlineMs?: number;
}

/** What `control` is given. */
export interface ControlledResource<Properties, State> extends Resource<Properties, State> {
  /** Gives this control call `ms` more, counted from now. Never rejects; answers whether the daemon agreed. */
  extendControl(ms: number): Promise<boolean>;
}

/** Thrown by a `control` or `typeControl` that does not know the code: the daemon then applies its default handling. */
export class NotSupportedError extends Error {
  override readonly name = 'NotSupportedError';

  constructor(code: string) {
    super(`control code "${code}" is not supported`);
  }
}

/** An error that travels to the daemon as it is. */
export class CallError extends Error {
  override readonly name = 'CallError';
  readonly code: WireError['code'];

  constructor(code: (typeof CALL_ERROR_CODES)[number], message: string) {
    super(message);
    this.code = code;
  }
}
const CALL_ERROR_CODES = [
  'notSupported',
  'invalidParams',
  'unknownResource',
  'invalidState',
  'staleIncarnation',
  'busy',
  'cancelled',
  'failed',
  'hung',
] as const;
