import {
  type HostedResource,
  type Hello,
  MAX_FAILURE_RECORD_BYTES,
  MAX_FRAME_BYTES,
  MAX_IN_FLIGHT,
  PROTOCOL,
  type Welcome,
} from '@andon/protocol';

/** Collects the resources of a hello, which may come in several frames. */
export class Greeting {
  readonly hello: Hello;
  readonly #resources: HostedResource[];

  constructor(hello: Hello) {
    this.hello = hello;
    this.#resources = [...hello.resources];
  }

  add(resources: readonly HostedResource[]): void {
    this.#resources.push(...resources);
  }

  get isComplete(): boolean {
    return this.#resources.length >= (this.hello.resourceCount ?? 0);
  }

  get resources(): readonly HostedResource[] {
    return this.#resources;
  }
}

export function welcome(epoch: number, eventHandle: string, orphanPeriodMs: number): Welcome {
  return {
    protocol: PROTOCOL,
    epoch,
    eventHandle,
    limits: { maxFrame: MAX_FRAME_BYTES, maxRecord: MAX_FAILURE_RECORD_BYTES, maxInFlight: MAX_IN_FLIGHT, orphanPeriodMs },
    capabilities: {},
  };
}
