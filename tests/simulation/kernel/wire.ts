import type { Connection, ConnectionListener } from '@andon/protocol/node';
import type { Draw } from '../engine/draw.ts';
import type { Schedule } from '../engine/schedule.ts';

/** The process at one end of a connection, as far as its descriptors go. */
export interface EndOwner {
  /** Runs what becomes readable there, in order; holds it back while the process is stopped, drops it once it is gone. */
  post(action: () => void): void;
  /** About to write a frame, or just written. The process may end here. */
  passage?(what: string): void;
}

/** One end of a connection of the simulated machine. A stream keeps its order and loses nothing but its end. */
export class WireEnd implements Connection {
  listener: ConnectionListener | null = null;
  closed = false;
  backlogBytes = 0;
  readonly owner: EndOwner;
  readonly #world: { readonly schedule: Schedule; readonly draw: Draw };
  #peer: WireEnd | null = null;
  #lastArrivalMs = 0;
  #isCut = false;

  constructor(owner: EndOwner, world: { readonly schedule: Schedule; readonly draw: Draw }) {
    this.owner = owner;
    this.#world = world;
  }

  static pair(one: EndOwner, other: EndOwner, world: { readonly schedule: Schedule; readonly draw: Draw }): readonly [WireEnd, WireEnd] {
    const ends = [new WireEnd(one, world), new WireEnd(other, world)] as const;
    ends[0].#peer = ends[1];
    ends[1].#peer = ends[0];
    return ends;
  }

  send(type: string, data: unknown): void {
    this.sendText(type, JSON.stringify(data));
  }

  sendText(type: string, json: string): void {
    this.owner.passage?.(`before frame ${wordFor(type, json)}`);
    if (this.closed) return;
    this.backlogBytes += json.length;
    this.#arrive(() => {
      this.backlogBytes -= json.length;
      this.#peer?.listener?.onFrame(type, JSON.parse(json));
    });
    this.owner.passage?.(`after frame ${wordFor(type, json)}`);
  }

  end(): void {
    this.#close();
  }

  destroy(): void {
    this.#close();
  }

  /** The stream breaks: what was under way is lost from some point on, and both ends are told. */
  cut(): void {
    this.#isCut = true;
    if (this.#peer) this.#peer.#isCut = true;
    this.#close();
  }

  #close(): void {
    if (this.closed) return;
    this.closed = true;
    const peer = this.#peer;
    this.#arrive(() => peer?.closedByPeer(), true);
    this.owner.post(() => this.listener?.onClosed());
  }

  closedByPeer(): void {
    if (this.closed) return;
    this.closed = true;
    this.listener?.onClosed();
  }

  /** Behind everything that was sent before it. */
  #arrive(action: () => void, isLast = false): void {
    const { schedule, draw } = this.#world;
    const latencyMs = draw.chance(0.01) ? draw.between(0, 300) : draw.between(0.01, 0.2);
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, schedule.nowMs + latencyMs);
    const peer = this.#peer;
    schedule.after(this.#lastArrivalMs - schedule.nowMs, () => {
      if (!isLast && (this.#isCut || peer?.closed)) return;
      peer?.owner.post(() => {
        if (!isLast && peer.closed) return;
        action();
      });
    });
  }
}

/** Which frame it is, for whoever wants to end a process just there. */
function wordFor(type: string, json: string): string {
  return `${type} ${/"method":"(\w+)"/.exec(json)?.[1] ?? ''}`;
}
