import type { HostedResource, Response } from '@andon/protocol';

export type Answer = Omit<Extract<Response, { ok: true }>, 'id'> | Omit<Extract<Response, { ok: false }>, 'id'>;

/** An online or offline that has begun and not ended. */
export interface Operation {
  readonly id: string;
  readonly method: 'online' | 'offline';
  /** The call is unanswered, or was answered `pending`. */
  isPended: boolean;
  isCancelled: boolean;
  checkpoint: number;
}

/** One resource as its host holds it. */
export class HeldResource {
  readonly id: string;
  /** It ran when it was opened. */
  hasFound = false;
  incarnation = 0;
  state: HostedResource['state'] = 'Offline';
  /** It said that it failed, and nothing came since. */
  failure: { readonly incarnation: number; readonly reason: string } | null = null;
  operation: Operation | null = null;
  lastOp: { readonly id: string; readonly ok: boolean; readonly answer: Answer } | null = null;
  /** Received a terminate of its incarnation, and has not finished it. */
  isTerminating = false;
  /** Who asked for that terminate once more. */
  readonly terminateWaiters: ((answer: Answer) => void)[] = [];
  contract: 'event' | 'poll' = 'event';
  /** Raised with each online, to take the resources offline in reverse order. */
  onlineOrder = 0;
  /** Its last report of a final state, until it is answered. */
  unansweredReport: Record<string, unknown> | null = null;
  rewriteAfterMs = 0;

  constructor(id: string) {
    this.id = id;
  }

  /** What hello says of it. */
  told(): Record<string, unknown> {
    return {
      id: this.id,
      incarnation: this.incarnation,
      state: this.isTerminating ? 'Failed' : this.state,
      ...(this.failure ? { failed: true } : {}),
      ...(this.lastOp ? { lastOp: { id: this.lastOp.id, ok: this.lastOp.ok } } : {}),
      ...(this.state === 'Online' ? { contract: this.contract } : {}),
    };
  }
}
