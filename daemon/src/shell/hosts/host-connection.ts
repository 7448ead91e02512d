import { type Goodbye, type Hello, type HostedResource, PROTOCOL, type Request, type Welcome } from '@andon/protocol';
import type { Connection, ConnectionListener } from '@andon/protocol/node';
import type { Clock } from '../../ports/index.ts';
import { type CallTableOwner, CallTable, type HostCall } from './call-table.ts';
import { Greeting } from './greeting.ts';
import { Heartbeat } from './heartbeat.ts';
import { HostSession, type RequestAnswer } from './host-session.ts';
import { TypeStartups } from './type-startups.ts';

export interface HostConnectionOwner {
  /** The hello is complete: these are the resources it told of. */
  greeted(resources: readonly HostedResource[]): void;
  disconnected(): void;
  deadlineExpired(call: HostCall, elapsedMs: number, limitMs: number): void;
  answered: CallTableOwner['answered'];
  strayResponse: CallTableOwner['strayResponse'];
  startupSettled(refusal: string | null): void;
  requested(request: Request, respond: (answer: RequestAnswer) => void): void;
  logged(level: 'debug' | 'info' | 'warn' | 'error', text: string, resource: string | undefined): void;
  failedNotified(resource: string, incarnation: number, reason: string): void;
  violated(reason: string): void;
}

/** What the daemon and one host process have to say to each other, over however many connections it takes. */
export class HostConnection {
  readonly calls: CallTable;
  readonly startups: TypeStartups;
  readonly #owner: HostConnectionOwner;
  readonly #heartbeat: Heartbeat;
  readonly #epoch: number;
  #session: HostSession | null = null;
  #greeting: Greeting | null = null;
  #lastCallId = 0;

  constructor(clock: Clock, epoch: number, pingIntervalMs: number, owner: HostConnectionOwner) {
    this.#owner = owner;
    this.#epoch = epoch;
    this.calls = new CallTable(clock, {
      deadlineExpired: (call, elapsedMs, limitMs) => {
        if (call.method !== 'ping' || !this.#heartbeat.forgives(call.id)) owner.deadlineExpired(call, elapsedMs, limitMs);
      },
      answered: (call, elapsedMs, outcome) => owner.answered(call, elapsedMs, outcome),
      strayResponse: (id) => owner.strayResponse(id),
    });
    this.startups = new TypeStartups(
      this.calls,
      () => this.nextCallId('startup'),
      (refusal) => owner.startupSettled(refusal),
    );
    this.#heartbeat = new Heartbeat(clock, this.calls, pingIntervalMs, () => this.nextCallId('ping'));
  }

  /** An id that no other call has had, of this daemon or an earlier one. */
  nextCallId(method: string): string {
    this.#lastCallId++;
    return `${this.#epoch}.${this.#lastCallId}/${method}`;
  }

  notify(method: string, params: unknown): void {
    this.#session?.connection.send('notify', { method, params });
  }

  /** Welcomes a host that has shown its token. A newer connection takes the place of an older. */
  accept(connection: Connection, hello: Hello, welcome: Welcome): ConnectionListener {
    this.#session?.replace();
    const greeting = new Greeting(hello);
    this.#greeting = greeting;
    this.calls.attach(connection, hello.concurrency);
    this.startups.forgetUnanswered();
    const session: HostSession = new HostSession(connection, this.calls, {
      ...this.#passedOn(),
      resourcesTold: (resources) => {
        greeting.add(resources);
        if (this.#greeting === greeting) this.#complete(greeting);
      },
      closed: () => this.#closed(session),
    });
    this.#session = session;
    connection.send('welcome', welcome);
    this.#complete(greeting);
    return session;
  }

  /** Tells the host to end, and closes the connection behind that. False: it is not connected and cannot hear it. */
  sayGoodbye(code: Goodbye['code'], message: string): boolean {
    const connection = this.#session?.connection;
    connection?.send('goodbye', { code, message, supported: [PROTOCOL] });
    connection?.end();
    return connection !== undefined;
  }

  /** Ends the connection from this side; whoever waits for an answer is told why. */
  drop(why: string): void {
    this.#heartbeat.stop();
    this.#session?.replace();
    this.#session = null;
    this.#greeting = null;
    this.calls.detach(why);
  }

  #passedOn() {
    const owner = this.#owner;
    return {
      requested: owner.requested.bind(owner),
      logged: owner.logged.bind(owner),
      failedNotified: owner.failedNotified.bind(owner),
      violated: owner.violated.bind(owner),
    };
  }

  #complete(greeting: Greeting): void {
    if (!greeting.isComplete) return;
    this.#greeting = null;
    this.#owner.greeted(greeting.resources);
    this.#heartbeat.start();
  }

  #closed(session: HostSession): void {
    if (this.#session !== session) return;
    this.drop('the connection to the host broke');
    this.#owner.disconnected();
  }
}
