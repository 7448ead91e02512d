import { FRAME_END, FRAMES, MAX_FRAME_BYTES } from '@andon/protocol';
import { isRecord } from '@andon/protocol/json';
import { type Frame, shown } from './journal.ts';
import type { Judge } from './judge.ts';

const END = FRAME_END.charCodeAt(0);
const BYTE_ORDER_MARK = '\ufeff';

/** Cuts what a host sends into frames and judges their form. What is wrong is noted, and read as well as it can be. */
export class FrameReader {
  readonly #judge: Judge;
  readonly #accept: (frame: Frame) => void;
  #held: Buffer[] = [];

  constructor(judge: Judge, accept: (frame: Frame) => void) {
    this.#judge = judge;
    this.#accept = accept;
  }

  push(bytes: Buffer): void {
    let start = 0;
    for (let end = bytes.indexOf(END); end !== -1; end = bytes.indexOf(END, start)) {
      this.#held.push(bytes.subarray(start, end));
      const whole = Buffer.concat(this.#held);
      this.#held = [];
      this.#read(whole);
      start = end + 1;
    }
    if (start < bytes.length) this.#held.push(Buffer.from(bytes.subarray(start)));
  }

  /** The connection ended: what is left over is no frame. */
  end(): void {
    const rest = Buffer.concat(this.#held);
    if (rest.length > 0) this.#judge.broken('F-1', `${rest.length} bytes without a 0x0C behind them: ${shown(rest.toString('utf8'))}`);
  }

  #read(bytes: Buffer): void {
    if (bytes.length > MAX_FRAME_BYTES) this.#judge.broken('F-2', `a frame of ${bytes.length} bytes`);
    const frame = this.#parse(this.#decode(bytes));
    if (frame === null) return;
    if (!Object.hasOwn(FRAMES, frame.type)) this.#judge.broken('F-3', `a frame of the type ${JSON.stringify(frame.type)}`);
    this.#accept(frame);
  }

  #decode(bytes: Buffer): string {
    try {
      const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
      if (!text.startsWith(BYTE_ORDER_MARK)) return text;
      this.#judge.broken('F-1', 'a byte order mark before a frame');
      return text.slice(BYTE_ORDER_MARK.length);
    } catch {
      this.#judge.broken('F-1', `a frame that is not UTF-8: ${shown(bytes.toString('latin1'))}`);
      return bytes.toString('utf8');
    }
  }

  #parse(text: string): Frame | null {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      this.#judge.broken('F-1', text === '' ? 'a 0x0C with no frame before it' : `a frame that is not JSON: ${shown(text)}`);
      return null;
    }
    if (isRecord(value) && typeof value['type'] === 'string') return { type: value['type'], data: value['data'], text };
    this.#judge.broken('F-1', `a frame that is no object with a string "type": ${shown(text)}`);
    return null;
  }
}
