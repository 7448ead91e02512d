import { readFileSync } from 'node:fs';
import {
  type Goodbye,
  HOST_REQUESTS,
  MAX_HELLO_RESOURCES_BYTES,
  MAX_TEXT_LENGTH,
  NOTIFICATIONS,
  type Notify,
  PROTOCOL,
  type StatusReport,
  type Welcome,
} from '@andon/protocol';
import { z } from 'zod';
import { takeAllOffline } from './abandon.ts';
import { Calls } from './calls.ts';
import type { ResourceType } from './define.ts';
import { EventHandleWriter } from './event-handle.ts';
import { HostConnection } from './host-connection.ts';
import { HostedResources } from './hosted-resources.ts';
import type { HostEnvironment } from './host-environment.ts';
import { InMemoryPropertySender } from './in-memory-properties.ts';
import type { InstanceServices } from './instance-calls.ts';
import { messageOf } from './operation.ts';
import { OrphanWatch } from './orphan.ts';
import { RequestError } from './request-table.ts';
import type { LogLevel } from './resource.ts';
import type { ReportAnswer } from './status-reporter.ts';

const Software = z.object({ name: z.string(), version: z.string() });
// The manifest stands beside `src` as well as beside `dist`.
const SOFTWARE = Software.parse(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')));

/** Why a host ends. `refused`: the daemon did not take it at all. */
export type HostEnd = 'shutdown' | 'orphaned' | 'refused';

/** Wires the parts of a host together; decides nothing but when it ends. */
export class Host {
  readonly #environment: HostEnvironment;
  readonly #connection: HostConnection;
  readonly #resources: HostedResources;
  readonly #calls: Calls;
  readonly #inMemory: InMemoryPropertySender;
  readonly #orphan: OrphanWatch;
  readonly #ended = Promise.withResolvers<HostEnd>();
  #wasWelcome = false;
  #isEnding = false;
  #sequence = 0;

  constructor(types: readonly ResourceType[], environment: HostEnvironment) {
    this.#environment = environment;
    this.#connection = new HostConnection(environment.socket, {
      introduce: () => this.#introduction(),
      onWelcome: (welcome) => this.#onWelcome(welcome),
      onRequest: (request, respond) => {
        void this.#calls.answer(request).then((answer) => respond({ id: request.id, ...answer }));
      },
      onNotify: (notify) => this.#onNotify(notify),
      onGoodbye: (goodbye) => this.#onGoodbye(goodbye),
      onLost: () => this.#onLost(),
      onTrouble: (text) => this.#log('warn', text),
    });
    this.#inMemory = new InMemoryPropertySender(async (resourceId, values) => {
      await this.#connection.request('setProperties', { resourceId, ...values });
    });
    this.#resources = new HostedResources(types, this.#services());
    this.#calls = new Calls(this.#resources);
    this.#orphan = new OrphanWatch(() => void this.#abandonAll('orphaned', 'no daemon came within the orphan period'));
  }

  /** Serves the daemon until the host should end. Never rejects. */
  run(): Promise<HostEnd> {
    this.#orphan.daemonGone();
    this.#connection.start();
    return this.#ended.promise;
  }

  /** A signal asks the host to end: the same as the goodbye `shutdown`. */
  shutDown(signal: string): void {
    void this.#abandonAll('shutdown', `the host received ${signal}`);
  }

  /** Something that an author left running threw: that resource can no longer be trusted to report its failure. */
  onStrayError(error: unknown): void {
    const instance = this.#resources.current();
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#log('error', `not caught: ${detail}`, instance?.name);
    if (!instance?.life || !instance.isAvailable) return;
    instance.life.fail(`its host caught: ${messageOf(error)}`);
  }

  #services(): InstanceServices {
    const { eventHandle: path, eventFd: inheritedFd, eventFdIsNamed: inheritedFdIsNamed } = this.#environment;
    const onTrouble = (text: string): void => this.#log('error', text);
    return {
      writer: new EventHandleWriter({ path, inheritedFd, inheritedFdIsNamed, onTrouble }),
      statusReport: (report) => this.#statusReport(report),
      extendControl: async (callId, ms) => {
        const asked = this.#connection.request('extendControl', { callId, ms });
        return asked.then(
          () => true,
          () => false,
        );
      },
      setProperties: (resource, values) => this.#inMemory.set(resource, values),
      log: (level, text, resource) => this.#log(level, text, resource),
      forget: (resource) => this.#inMemory.forget(resource),
      nextSequence: () => ++this.#sequence,
    };
  }

  async #statusReport(report: StatusReport): Promise<ReportAnswer | undefined> {
    try {
      const answered = await this.#connection.request('statusReport', report);
      return HOST_REQUESTS.statusReport.result.parse(answered).answer;
    } catch (error) {
      this.#log('debug', `status report of ${report.operationId}: ${messageOf(error)}`);
      return error instanceof RequestError && error.code === 'unavailable' ? undefined : 'continue';
    }
  }

  #introduction(): { type: string; data: unknown }[] {
    const resources = [...this.#resources.all()].map((instance) => instance.describe());
    const [first = [], ...others] = inPieces(resources, MAX_HELLO_RESOURCES_BYTES);
    const hello = {
      protocols: [PROTOCOL],
      token: this.#environment.token,
      hostId: this.#environment.hostId,
      pid: process.pid,
      software: SOFTWARE,
      concurrency: this.#resources.concurrency,
      capabilities: { remembersResults: true },
      resourceCount: resources.length,
      resources: first,
    };
    const rest = others.map((piece) => ({
      type: 'notify',
      data: { method: 'resources', params: { resources: piece } },
    }));
    return [{ type: 'hello', data: hello }, ...rest];
  }

  #onWelcome(welcome: Welcome): void {
    this.#wasWelcome = true;
    this.#orphan.daemonBack(welcome.limits.orphanPeriodMs);
    this.#inMemory.sendAll();
    for (const instance of this.#resources.all()) instance.tellAgain();
  }

  #onNotify(notify: Notify): void {
    if (notify.method === 'cancel') {
      const { id, reason } = NOTIFICATIONS.cancel.parse(notify.params);
      this.#calls.cancel(id, reason);
    } else if (notify.method === 'recordDismissed') {
      const { resourceId, incarnation } = NOTIFICATIONS.recordDismissed.parse(notify.params);
      this.#resources.find(resourceId)?.dismissRecord(incarnation);
    }
  }

  #onGoodbye(goodbye: Goodbye): void {
    if (goodbye.code === 'shutdown') {
      void this.#abandonAll('shutdown', 'the daemon ends');
      return;
    }
    // It hears no more.
    this.#print(`the daemon said goodbye: ${goodbye.code}: ${goodbye.message}`);
    // Once welcome, a host holds resources: another daemon may want them, and the orphan period ends the wait.
    if (!this.#wasWelcome) this.#end('refused');
  }

  #onLost(): void {
    this.#calls.cancelUnanswerable();
    this.#orphan.daemonGone();
  }

  /** What is online in this host ends with it, and in good order. */
  async #abandonAll(end: HostEnd, reason: string): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#connection.stop();
    this.#orphan.stop();
    if (end !== 'shutdown') this.#log('warn', `${reason}; taking all resources offline`);
    await takeAllOffline(this.#resources.all(), { cause: end, reason }, (text) => this.#log('info', text));
    this.#end(end);
  }

  #end(why: HostEnd): void {
    this.#connection.stop();
    this.#orphan.stop();
    this.#ended.resolve(why);
  }

  #log(level: LogLevel, text: string, resourceId?: string): void {
    const params = { level, text: text.slice(0, MAX_TEXT_LENGTH), ...(resourceId ? { resourceId } : {}) };
    if (this.#connection.notify('log', params)) return;
    if (level !== 'debug') this.#print(resourceId ? `${resourceId}: ${text}` : text);
  }

  #print(text: string): void {
    process.stderr.write(`andon host ${this.#environment.hostId}: ${text}\n`);
  }
}

/** Cuts a list so that no piece is longer than `maxBytes` as JSON; one element may be longer than that by itself. */
function inPieces<Element>(elements: readonly Element[], maxBytes: number): Element[][] {
  const pieces: Element[][] = [];
  let room = 0;
  for (const element of elements) {
    const bytes = Buffer.byteLength(JSON.stringify(element)) + 1;
    if (bytes > room || pieces.length === 0) {
      pieces.push([]);
      // Elements and commas, and one byte more for the brackets.
      room = maxBytes - 1;
    }
    pieces.at(-1)?.push(element);
    room -= bytes;
  }
  return pieces;
}
