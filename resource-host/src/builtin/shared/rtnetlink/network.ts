import { checked, importFfi } from '../ffi.ts';
import { sharedPollSet } from '../poll-set/poll-set.ts';
import { type Address, DONE, dumpRequest, GET_ADDRESS, GET_LINK, type Link, type Message, parseMessages } from './messages.ts';

const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC_NONBLOCK = 3 | 0o2000000 | 0o4000;
const NETLINK_ROUTE = 0;
/** RTMGRP_LINK, and RTMGRP_IFADDR and RTMGRP_ROUTE of IPv4 and of IPv6. */
const GROUPS = 0x1 | 0x10 | 0x40 | 0x100 | 0x400;
const ADDRESS_BYTES = 12;
const BUFFER_BYTES = 64 * 1024;

const LIBC = {
  socket: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
  bind: { arguments: ['i32', 'pointer', 'u32'], return: 'i32' },
  send: { arguments: ['i32', 'pointer', 'u64', 'i32'], return: 'i64' },
  recv: { arguments: ['i32', 'pointer', 'u64', 'i32'], return: 'i64' },
} as const;
type Libc = ReturnType<typeof import('node:ffi').dlopen<typeof LIBC>>['functions'];

/** Links and addresses of this machine, as they are now. */
export interface NetworkView {
  readonly links: readonly Link[];
  readonly addresses: readonly Address[];
}

/**
 * Links and addresses, kept up to date by the kernel: one netlink socket for the whole host. Each piece of news makes it ask for
 * everything once more, so that nothing depends on having heard all of it.
 */
export class Network {
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #listeners = new Set<(view: NetworkView) => void>();
  readonly #buffer = Buffer.alloc(BUFFER_BYTES);
  view: NetworkView = { links: [], addresses: [] };
  #sequence = 0;
  /** What is being asked for, and what was answered so far. */
  #asking: { readonly type: typeof GET_LINK | typeof GET_ADDRESS; links: Link[]; addresses: Address[] } | undefined;
  #isStale = false;
  #known = Promise.withResolvers<void>();

  private constructor(libc: Libc, fd: number) {
    this.#libc = libc;
    this.#fd = fd;
  }

  /** Resolves when the network is known. Rejects where Node has no ffi. */
  static async start(): Promise<Network> {
    const libc = (await importFfi()).dlopen(null, LIBC).functions;
    const fd = checked('socket', libc.socket(AF_NETLINK, SOCK_RAW_CLOEXEC_NONBLOCK, NETLINK_ROUTE));
    const address = Buffer.alloc(ADDRESS_BYTES);
    new Uint16Array(address.buffer, address.byteOffset, 1)[0] = AF_NETLINK;
    new Uint32Array(address.buffer, address.byteOffset + 8, 1)[0] = GROUPS;
    checked('bind', libc.bind(fd, address, ADDRESS_BYTES));
    const network = new Network(libc, fd);
    (await sharedPollSet()).watch(fd, 'readable', () => network.#read());
    await network.fresh();
    return network;
  }

  /** As it is now, news that is still on its way included. */
  async fresh(): Promise<NetworkView> {
    if (this.#asking) await this.#nextView();
    this.#ask();
    await this.#nextView();
    return this.view;
  }

  /** Called after each change. Answers how to stop listening. */
  listen(listener: (view: NetworkView) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #nextView(): Promise<void> {
    return this.#known.promise;
  }

  #ask(): void {
    if (this.#asking) {
      this.#isStale = true;
      return;
    }
    this.#isStale = false;
    this.#asking = { type: GET_LINK, links: [], addresses: [] };
    this.#send(GET_LINK);
  }

  #send(type: typeof GET_LINK | typeof GET_ADDRESS): void {
    this.#sequence++;
    const request = dumpRequest(type, this.#sequence);
    this.#libc.send(this.#fd, request, BigInt(request.length), 0);
  }

  #read(): void {
    let hasNews = false;
    for (;;) {
      const length = Number(this.#libc.recv(this.#fd, this.#buffer, BigInt(BUFFER_BYTES), 0));
      // Nothing more, or more than fitted into the socket; in that case, too, everything is asked for again.
      if (length <= 0) break;
      for (const message of parseMessages(this.#buffer.subarray(0, length))) {
        if (!message.isAnswer) hasNews = true;
        else if (message.sequence === this.#sequence) this.#answered(message);
      }
    }
    if (hasNews) this.#ask();
  }

  #answered({ type, content }: Message): void {
    const asking = this.#asking;
    if (!asking) return;
    if (content?.kind === 'link') asking.links.push(content);
    if (content?.kind === 'address') asking.addresses.push(content);
    if (type !== DONE) return;
    if (asking.type === GET_LINK) {
      this.#asking = { ...asking, type: GET_ADDRESS };
      return this.#send(GET_ADDRESS);
    }
    this.#asking = undefined;
    this.view = { links: asking.links, addresses: asking.addresses };
    this.#known.resolve();
    this.#known = Promise.withResolvers();
    for (const listener of this.#listeners) listener(this.view);
    if (this.#isStale) this.#ask();
  }
}

let shared: Promise<Network> | undefined;

/** One for the whole host, started when the first resource needs it. Rejects where Node has no ffi. */
export function sharedNetwork(): Promise<Network> {
  shared ??= Network.start();
  return shared;
}
