import { type Goodbye, Hello, HELLO_LIMIT_MS, PROTOCOL, type TypeDefinition } from '@andon/protocol';
import type { Connection, ConnectionListener } from '@andon/protocol/node';
import type { HostOwner, HostTools } from './host-owner.ts';
import { planFor } from './host-plan.ts';
import { HostSlot } from './host-slot.ts';
import { sameSecret } from './same-secret.ts';

/** Connections that have not said who they are; more are closed at once. */
const MOST_UNKNOWN = 256;
const ROOT = 0;

interface Caller {
  readonly connection: Connection;
  readonly peerUid: number | null;
}

/** Every place for a host process, and the door through which hosts come in. */
export class HostDirectory {
  readonly slots = new Map<string, HostSlot>();
  readonly #tools: HostTools;
  readonly #owner: HostOwner;
  readonly #onIntruder: (reason: string) => void;
  #unknown = 0;

  constructor(tools: HostTools, owner: HostOwner, onIntruder: (reason: string) => void) {
    this.#tools = tools;
    this.#owner = owner;
    this.#onIntruder = onIntruder;
  }

  /** A new slot for the hosts of this id. */
  add(hostId: string, type: TypeDefinition): HostSlot {
    const slot = new HostSlot(planFor(hostId, type), this.#tools, this.#owner);
    this.slots.set(hostId, slot);
    return slot;
  }

  /** Ends and forgets a host that nothing uses any more. */
  async retire(hostId: string): Promise<void> {
    const slot = this.slots.get(hostId);
    if (!slot) return;
    await slot.stop();
    if (this.#owner.resourcesOf(hostId).length > 0) slot.startIfAwaited();
    else if (this.slots.get(hostId) === slot) this.slots.delete(hostId);
  }

  /** A process has connected. It has a few seconds to say who it is; until then it changes nothing. `peerUid`: its user, null if untold. */
  admit(connection: Connection, peerUid: number | null): ConnectionListener {
    if (this.#unknown >= MOST_UNKNOWN) {
      connection.destroy();
      return { onFrame: () => undefined, onClosed: () => undefined };
    }
    this.#unknown++;
    let listener: ConnectionListener | null = null;
    let isUnknown = true;
    const known = (): void => {
      if (isUnknown) this.#unknown--;
      isUnknown = false;
      silence.cancel();
    };
    const silence = this.#tools.clock.after(HELLO_LIMIT_MS, () => {
      this.#onIntruder(`a connection said no hello within ${HELLO_LIMIT_MS} ms`);
      connection.destroy();
    });
    return {
      onFrame: (type, data) => {
        if (listener) return listener.onFrame(type, data);
        known();
        listener = this.#greet({ connection, peerUid }, type, data);
        return undefined;
      },
      onClosed: () => {
        known();
        listener?.onClosed();
      },
    };
  }

  #greet({ connection, peerUid }: Caller, type: string, data: unknown): ConnectionListener {
    const hello = type === 'hello' ? Hello.safeParse(data) : undefined;
    if (!hello?.success) {
      return this.#turnAway(
        connection,
        'unauthorized',
        `the first frame was ${type === 'hello' ? `a malformed hello: ${hello?.error?.issues[0]?.message ?? ''}` : `"${type.slice(0, 32)}", not hello`}`,
      );
    }
    const slot = this.slots.get(hello.data.hostId);
    if (!slot?.isToken(hello.data.token, sameSecret)) {
      return this.#turnAway(connection, 'unauthorized', `wrong token for host "${hello.data.hostId.slice(0, 64)}"`);
    }
    const hostUid = slot.pipes.main?.uid ?? null;
    if (!isTheUser(peerUid, hostUid)) {
      const facts = `host "${slot.hostId}" was started as user ${hostUid}, and user ${peerUid} connected with its token`;
      const remedy = 'if its program changes its user, let "user" of its type do that; else its token was read: restart the host';
      return this.#turnAway(connection, 'unauthorized', `${facts}; ${remedy}`);
    }
    if (!hello.data.protocols.includes(PROTOCOL)) {
      const reason = `it speaks ${hello.data.protocols.join(', ').slice(0, 200)}; this daemon speaks ${PROTOCOL}`;
      slot.refuse(reason);
      return this.#turnAway(connection, 'noCommonProtocol', reason);
    }
    // It has not heard the goodbye, or does not want to.
    if (slot.state === 'stopping') return this.#turnAway(connection, 'shutdown', 'the daemon ends this host');
    return slot.accept(connection, hello.data);
  }

  #turnAway(connection: Connection, code: Goodbye['code'], reason: string): ConnectionListener {
    if (code === 'unauthorized') this.#onIntruder(reason);
    connection.send('goodbye', { code, message: reason, supported: [PROTOCOL] });
    connection.end();
    return { onFrame: () => undefined, onClosed: () => undefined };
  }
}

/** Root may do everything anyway, and a program that changes its own user may connect before it does. */
function isTheUser(peerUid: number | null, hostUid: number | null): boolean {
  return peerUid === null || hostUid === null || peerUid === ROOT || peerUid === hostUid;
}
