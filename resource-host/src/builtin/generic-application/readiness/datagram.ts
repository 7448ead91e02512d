const MSG_DONTWAIT = 0x40;
const SOL_SOCKET = 1;
const SCM_CREDENTIALS = 2;

/** Offsets in one block of memory, and layouts of recvmsg(2) on 64-bit Linux. */
const HEADER = { at: 0, bytes: 56, iovecAt: 16, iovecCountAt: 24, controlAt: 32, controlBytesAt: 40 } as const;
const IOVEC = { at: 64, bytes: 16 } as const;
/** Room for the credentials only: descriptors that are sent along find none, and are closed by the kernel. */
const CONTROL = { at: 128, bytes: 32, levelAt: 8, typeAt: 12, uidAt: 20 } as const;
const DATA = { at: 256, bytes: 4_096 } as const;

export interface Datagram {
  readonly text: string;
  /** Of the sender, as the kernel says. */
  readonly uid: number;
}

/** Reads datagrams together with who sent them, for which Node has no function. */
export class DatagramReader {
  readonly #memory = Buffer.from(new ArrayBuffer(DATA.at + DATA.bytes));
  readonly #receive: (header: Buffer, flags: number) => number;
  readonly #start: bigint;

  constructor(receive: (header: Buffer, flags: number) => number, pointerOf: (memory: ArrayBuffer | Buffer) => bigint) {
    this.#receive = receive;
    this.#start = pointerOf(this.#memory);
  }

  /** Undefined when there is none, or none any more. */
  next(): Datagram | undefined {
    const memory = this.#memory;
    memory.fill(0, 0, DATA.at);
    memory.writeBigUInt64LE(this.#start + BigInt(IOVEC.at), HEADER.iovecAt);
    memory.writeBigUInt64LE(1n, HEADER.iovecCountAt);
    memory.writeBigUInt64LE(this.#start + BigInt(CONTROL.at), HEADER.controlAt);
    memory.writeBigUInt64LE(BigInt(CONTROL.bytes), HEADER.controlBytesAt);
    memory.writeBigUInt64LE(this.#start + BigInt(DATA.at), IOVEC.at);
    memory.writeBigUInt64LE(BigInt(DATA.bytes), IOVEC.at + 8);
    const length = this.#receive(memory.subarray(HEADER.at, HEADER.bytes), MSG_DONTWAIT);
    if (length < 0) return undefined;
    return { text: memory.toString('utf8', DATA.at, DATA.at + length), uid: this.#senderUid() };
  }

  #senderUid(): number {
    const isCredentials =
      this.#memory.readInt32LE(CONTROL.at + CONTROL.levelAt) === SOL_SOCKET &&
      this.#memory.readInt32LE(CONTROL.at + CONTROL.typeAt) === SCM_CREDENTIALS;
    return isCredentials ? this.#memory.readUInt32LE(CONTROL.at + CONTROL.uidAt) : NOBODY;
  }
}

/** (uid_t) -1: no user has this number. */
const NOBODY = 0xffff_ffff;
