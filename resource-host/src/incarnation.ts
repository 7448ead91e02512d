import { RECORD_REWRITE_MS, formatFailureRecord } from '@andon/protocol';
import type { EventHandleWriter } from './event-handle.ts';

const LONGEST_REWRITE_MS = 60_000;

/** One online of one resource, from its start until it is offline or terminated: the time in which it can fail. */
export class Incarnation {
  readonly name: string;
  readonly number: number;
  readonly eventHandle: string;
  readonly failureRecord: string;
  /** This online ends a hang mode. */
  readonly clearHang: boolean;
  readonly #writer: EventHandleWriter;
  readonly #controller = new AbortController();
  readonly #onFailed: () => void;
  #failed = false;
  #leaving = false;
  #ended = false;
  #rewrite: NodeJS.Timeout | undefined;

  constructor(options: {
    readonly name: string;
    readonly number: number;
    readonly eventHandle: string;
    readonly failureRecord: string;
    readonly clearHang: boolean;
    readonly writer: EventHandleWriter;
    readonly onFailed: () => void;
  }) {
    this.name = options.name;
    this.number = options.number;
    this.eventHandle = options.eventHandle;
    this.failureRecord = options.failureRecord;
    this.clearHang = options.clearHang;
    this.#writer = options.writer;
    this.#onFailed = options.onFailed;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** It reported a failure, and no terminate has come yet. */
  get failed(): boolean {
    return this.#failed;
  }

  /**
   * Writes the failure record now, and again until terminate or `dismiss`: a daemon may have died with it in hand. Once the incarnation
   * has ended, or is being taken offline, it does nothing: what the end itself breaks, such as a connection, tells of it too.
   */
  fail(reason: string): void {
    if (this.#ended || this.#failed || this.#leaving) return;
    this.#failed = true;
    this.#onFailed();
    this.#write(formatFailureRecord(this.name, this.number, reason), RECORD_REWRITE_MS);
  }

  /** The daemon verified the record and found the resource alive. */
  dismiss(): void {
    this.#stopWriting();
    this.#failed = false;
  }

  /** An offline began: that the thing disappears is no failure now. `false` = it did not succeed. */
  set leaving(leaving: boolean) {
    this.#leaving = leaving;
  }

  abort(reason: string): void {
    this.#controller.abort(new DOMException(reason, 'AbortError'));
  }

  end(reason: string): void {
    this.#stopWriting();
    this.abort(reason);
    this.#ended = true;
  }

  #write(line: string, againMs: number): void {
    this.#writer.write(this.failureRecord, line);
    this.#rewrite = setTimeout(() => this.#write(line, Math.min(againMs * 2, LONGEST_REWRITE_MS)), againMs);
  }

  #stopWriting(): void {
    clearTimeout(this.#rewrite);
    this.#writer.forget(this.failureRecord);
  }
}
