import { ENTRY_POINTS, type EntryPoint, MAX_FRAME_BYTES, type Request } from '@andon/protocol';
import type { z } from 'zod';
import { type CallKind, CallOrder } from './call-order.ts';
import type { Json } from './definition.ts';
import type { HostedResources } from './hosted-resources.ts';
import { type Answer, wireErrorOf } from './operation.ts';
import { describeIssues } from './properties.ts';
import { CallError } from './resource.ts';

/** One request that has no answer yet. */
interface Call {
  readonly id: string;
  readonly deadlineMs: number | undefined;
  readonly controller: AbortController;
  readonly signal: AbortSignal;
}
/** Checks the parameters of one entry point, waits for its turn, and runs it. */
type Handler = (params: unknown, call: Call) => Promise<Answer>;

/** Answers every request of the daemon, whatever it holds and whatever an author throws. */
export class Calls {
  readonly #resources: HostedResources;
  readonly #order: CallOrder;
  /** So that a cancel also reaches the calls that still wait for their turn. */
  readonly #unanswered = new Map<string, Call>();
  readonly #handlers: ReadonlyMap<string, Handler>;

  constructor(resources: HostedResources) {
    this.#resources = resources;
    this.#order = new CallOrder(resources.concurrency);
    this.#handlers = new Map(Object.entries(this.#table()));
  }

  /** Never rejects. */
  async answer({ id, method, params, deadlineMs }: Request): Promise<Answer> {
    const controller = new AbortController();
    const call: Call = { id, deadlineMs, controller, signal: controller.signal };
    this.#unanswered.set(id, call);
    try {
      const handler = this.#handlers.get(method);
      if (!handler) throw new CallError('notSupported', `this host knows no method "${method}"`);
      return await handler(params, call);
    } catch (error) {
      return { ok: false, error: wireErrorOf(error) };
    } finally {
      if (this.#unanswered.get(id) === call) this.#unanswered.delete(id);
    }
  }

  /** Asks the call of this id to give up; its answer is still owed. */
  cancel(id: string, reason: string): void {
    this.#unanswered.get(id)?.controller.abort(new DOMException(reason, 'AbortError'));
    for (const instance of this.#resources.all()) instance.cancel(id, reason);
  }

  /** The daemon that asked is gone, so nobody waits for a poll or a control any more. Operations go on. */
  cancelUnanswerable(): void {
    for (const instance of this.#resources.all()) instance.calls.cancel('the daemon is gone');
  }

  #table(): Record<EntryPoint, Handler> {
    return { ...this.#typeCalls(), ...this.#operations(), ...this.#pollsAndControls() };
  }

  #typeCalls(): Record<'ping' | 'startup' | 'open' | 'close' | 'resourceTypeControl', Handler> {
    const resources = this.#resources;
    return {
      ping: async () => ok({}),
      startup: this.#handler(ENTRY_POINTS.startup.params, 'exclusive', async ({ types }, { signal }) =>
        ok(await resources.startup(types, signal)),
      ),
      open: this.#handler(ENTRY_POINTS.open.params, 'exclusive', async (params) => ok(await resources.open(params))),
      close: this.#handler(ENTRY_POINTS.close.params, 'exclusive', async ({ resourceId }) => ok(await resources.close(resourceId))),
      resourceTypeControl: this.#handler(ENTRY_POINTS.resourceTypeControl.params, 'ordinary', async (params, { signal }) =>
        withOutput(await resources.typeControl(params, signal)),
      ),
    };
  }

  #operations(): Record<'online' | 'offline' | 'terminate', Handler> {
    const resources = this.#resources;
    return {
      online: this.#handler(ENTRY_POINTS.online.params, 'ordinary', (params, { id }) =>
        resources.act(params.resourceId, (instance) => instance.online(id, params)),
      ),
      offline: this.#handler(ENTRY_POINTS.offline.params, 'ordinary', (params, { id }) =>
        resources.act(params.resourceId, (instance) => instance.offline(id, params)),
      ),
      terminate: this.#handler(ENTRY_POINTS.terminate.params, 'terminate', async (params, { id, deadlineMs }) =>
        // What is not open here has nothing left to clean up.
        resources.find(params.resourceId)
          ? resources.act(params.resourceId, (instance) => instance.terminate(id, params, deadlineMs))
          : ok({}),
      ),
    };
  }

  #pollsAndControls(): Record<'looksAlive' | 'isAlive' | 'resourceControl', Handler> {
    const resources = this.#resources;
    const poll = (check: 'looksAlive' | 'isAlive'): Handler =>
      this.#handler(ENTRY_POINTS[check].params, 'ordinary', ({ resourceId, incarnation }, { controller }) =>
        resources.act(resourceId, async ({ calls }) => ok(await calls.alive(check, incarnation, controller))),
      );
    return {
      looksAlive: poll('looksAlive'),
      isAlive: poll('isAlive'),
      resourceControl: this.#handler(ENTRY_POINTS.resourceControl.params, 'ordinary', (params, { id, controller }) =>
        resources.act(params.resourceId, async ({ calls }) => withOutput(await calls.control(id, params, controller))),
      ),
    };
  }

  #handler<Schema extends z.ZodType<LaneKey>>(
    schema: Schema,
    kind: CallKind,
    act: (params: z.output<Schema>, call: Call) => Promise<Answer>,
  ): Handler {
    return async (params, call) => {
      const parsed = schema.safeParse(params);
      if (!parsed.success) throw new CallError('invalidParams', describeIssues(parsed.error));
      const { resourceId, type = '' } = parsed.data;
      // No resource name begins with a blank, so calls of a type share no lane with those of a resource.
      return this.#order.run(resourceId ?? ` ${type}`, kind, () => {
        call.signal.throwIfAborted();
        return act(parsed.data, call);
      });
    };
  }
}

interface LaneKey {
  readonly resourceId?: string;
  readonly type?: string;
  /** Of startup, which names no lane. */
  readonly types?: readonly string[];
}

function ok(result: object): Answer {
  return { ok: true, result };
}

/** A longer output would cost the connection, and one that is no JSON would never be answered. */
const MAX_OUTPUT_BYTES = MAX_FRAME_BYTES - 1_024;

function withOutput(output: Json | void): Answer {
  const bytes = Buffer.byteLength(JSON.stringify(output) ?? '');
  if (bytes > MAX_OUTPUT_BYTES) {
    throw new CallError('failed', `the output has ${bytes} bytes; the limit is ${MAX_OUTPUT_BYTES}`);
  }
  return ok(output === undefined ? {} : { output });
}
