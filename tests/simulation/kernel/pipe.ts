/** What a pipe of Linux holds. */
const CAPACITY_BYTES = 65_536;

/** A named pipe of the simulated machine. What waits in it stays as long as somebody holds it open. */
export class Pipe {
  readonly path: string;
  #waiting = Buffer.alloc(0);
  readonly #holders = new Set<object>();
  #readable: (() => void) | null = null;
  /** Writers that found it full. */
  #writers: (() => void)[] = [];

  constructor(path: string) {
    this.path = path;
  }

  get waitingBytes(): number {
    return this.#waiting.length;
  }

  isHeldBy(holder: object): boolean {
    return this.#holders.has(holder);
  }

  hold(holder: object): void {
    this.#holders.add(holder);
  }

  letGo(holder: object): void {
    this.#holders.delete(holder);
    if (this.#holders.size === 0) this.#waiting = Buffer.alloc(0);
  }

  /** The whole text or nothing, as the kernel does with writes up to PIPE_BUF. False: it is full. */
  write(text: string): boolean {
    const bytes = Buffer.from(text, 'latin1');
    if (this.#waiting.length + bytes.length > CAPACITY_BYTES) return false;
    this.#waiting = Buffer.concat([this.#waiting, bytes]);
    this.#readable?.();
    return true;
  }

  whenRoom(writer: () => void): void {
    this.#writers.push(writer);
  }

  read(limitBytes: number): Uint8Array {
    const bytes = this.#waiting.subarray(0, limitBytes);
    this.#waiting = this.#waiting.subarray(bytes.length);
    for (const writer of this.#writers.splice(0)) writer();
    return bytes;
  }

  /** Calls back on every write while set. */
  watch(readable: (() => void) | null): void {
    this.#readable = readable;
  }
}
