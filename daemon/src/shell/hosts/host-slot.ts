import type { Hello, HostedResource, HostState } from '@andon/protocol';
import type { Connection, ConnectionListener } from '@andon/protocol/node';
import type { HostProcess, ProcessExit, StoredHost } from '../../ports/index.ts';
import type { HostCall } from './call-table.ts';
import { EarlyGreeting } from './early-greeting.ts';
import { welcome } from './greeting.ts';
import { HostAudience } from './host-audience.ts';
import { HostConnection } from './host-connection.ts';
import { type Doom, HostLife } from './host-life.ts';
import type { Host, HostOwner, HostTools } from './host-owner.ts';
import { HostPipes } from './host-pipes.ts';
import type { HostPlan } from './host-plan.ts';
import { HostRecord } from './host-record.ts';
import { HostRecovery } from './host-recovery.ts';
import { describeDeadlock, HostReports } from './host-reports.ts';
import { findHost, startHost } from './host-start.ts';
import { reconcile } from './reconciliation.ts';

/** One place for a host process: starts it, welcomes it, loses it, and brings it back with growing pauses. */
export class HostSlot implements Host {
  readonly hostId: string;
  plan: HostPlan;
  state: HostState = 'down';
  /** Why no host can serve here, in words. */
  trouble: string | null = null;
  startedAtWallMs: number | null = null;
  readonly record: HostRecord;
  readonly connection: HostConnection;
  readonly pipes: HostPipes;
  readonly #tools: HostTools;
  readonly #reports: HostReports;
  readonly #owner: HostOwner;
  readonly #audience: HostAudience;
  readonly #recovery: HostRecovery;
  #life: HostLife | null = null;
  #token = '';
  #leaveGate: (() => void) | null = null;
  #startedAtMs = 0;
  #hasGreeted = false;
  readonly #early = new EarlyGreeting();
  /** Why its hello was turned down. */
  #refusal: string | null = null;
  #whenStopped: (() => void)[] = [];

  constructor(plan: HostPlan, tools: HostTools, owner: HostOwner) {
    this.hostId = plan.hostId;
    this.plan = plan;
    this.#tools = tools;
    this.#reports = new HostReports(this, owner, tools);
    this.#owner = owner;
    this.#audience = new HostAudience(plan.hostId, owner, () => tools.clock.monotonicMs());
    this.record = new HostRecord(tools.clock);
    this.#recovery = new HostRecovery({
      record: this.record,
      audience: this.#audience,
      evidence: this.#reports.evidence,
      enter: (state, trouble) => {
        this.state = state;
        this.trouble = trouble;
      },
      startIfAwaited: () => this.startIfAwaited(),
      separate: (resources) => owner.separate(this, resources),
      publish: (event, fields) => this.#reports.publish(event, fields),
    });
    this.connection = new HostConnection(tools.clock, tools.epoch, plan.pingIntervalMs, {
      ...this.#reports.ofConnection(),
      greeted: (resources) => this.#greeted(resources),
      disconnected: () => this.#disconnected(),
      deadlineExpired: (call, elapsedMs, limitMs) => this.#deadlineExpired(call, elapsedMs, limitMs),
      startupSettled: (refusal) => this.#startupSettled(refusal),
    });
    this.pipes = new HostPipes(plan.hostId, tools.clock, tools.eventHandles, this.#reports.ofPipes());
  }

  get pid(): number | null {
    return this.#life?.pid ?? null;
  }

  isToken(given: string, isSame: (given: string, expected: string) => boolean): boolean {
    return this.#token !== '' && isSame(given, this.#token);
  }

  /** One more pipe for this host, which the next daemon knows of too. */
  async createEventHandle(name: string): Promise<string> {
    const path = await this.pipes.createExtra(name);
    this.#saveHost();
    return path;
  }

  /** Somebody needs this host. `isUrgent`: an administrator asked and does not wait for the back-off. */
  need(isUrgent: boolean): void {
    if (this.state === 'up') return this.#audience.tellUp(this.connection.startups);
    if (this.state === 'quarantined') {
      return this.#audience.tellTrouble(this.trouble ?? 'host quarantined', { isFinal: true, nextAttemptAtMs: null });
    }
    // In any other state one is on its way, and tells when it is there.
    return this.state === 'down' || (this.state === 'backingOff' && isUrgent) ? this.#start() : undefined;
  }

  /** Lets a quarantined host try again. */
  unquarantine(): boolean {
    if (this.state !== 'quarantined') return false;
    this.#recovery.forgive();
    return true;
  }

  #start(): void {
    this.record.stop();
    this.state = 'starting';
    this.#leaveGate = this.#tools.gate.enter(() => {
      this.#spawn().catch((error: unknown) => this.#startFailed(error instanceof Error ? error.message : String(error)));
    });
  }

  async #spawn(): Promise<void> {
    const { clock, random } = this.#tools;
    this.#reports.publish('hostStarting', { command: this.plan.argv.join(' ') });
    this.#token = random.token();
    this.connection.startups.clear();
    this.#hasGreeted = false;
    this.#refusal = null;
    this.#early.forget();
    this.#startedAtMs = clock.monotonicMs();
    const started = await startHost(this.plan, this.#token, this.pipes, this.#tools);
    if (started.kind === 'spawnFailed') return this.#startFailed(started.reason);
    this.startedAtWallMs = clock.wallMs();
    const life = this.#own(started);
    // It may have ended while it was being started.
    if (this.#life !== life) return undefined;
    if (this.#whenStopped.length > 0) return this.#end();
    this.#saveHost();
    this.#early.take();
    if (!this.#hasGreeted) life.limit(this.plan.startTimeoutMs, `said no hello within ${this.plan.startTimeoutMs} ms`);
    return undefined;
  }

  #own(process: HostProcess): HostLife {
    const life = new HostLife(process, this.#tools.clock, () => this.plan, {
      ...this.#reports.ofLife(),
      exited: (exit, doom) => this.#exited(exit, doom, life),
    });
    this.#life = life;
    this.#reports.evidence.forget();
    life.begin();
    return life;
  }

  #startFailed(reason: string): void {
    this.#dropLife();
    if (this.#whenStopped.length > 0) return this.#stopped();
    return this.#recovery.couldNotStart(reason);
  }

  #startupSettled(refusal: string | null): void {
    if (refusal === null) this.#saveHost();
    else this.#reports.publish('helloRefused', { reason: refusal });
    this.#audience.tellUp(this.connection.startups);
  }

  /** A connection with this slot's token said hello. */
  accept(connection: Connection, hello: Hello): ConnectionListener {
    this.#life?.connected();
    return this.connection.accept(connection, hello, welcome(this.#tools.epoch, this.pipes.main?.path ?? '', this.#tools.orphanPeriodMs));
  }

  /** What the host says in its hello makes it useless. */
  refuse(reason: string): void {
    this.#reports.publish('helloRefused', { reason });
    // It is told why, and may tell whoever looks at its log, before it ends. Asking again gains it no time.
    if (this.#refusal === null) this.#life?.expectEnd(true);
    this.#refusal = reason;
  }

  /** Nobody used it, so it was ended; somebody may have come meanwhile. */
  startIfAwaited(): void {
    if (this.state === 'down' && this.#audience.waiting().length > 0) this.#start();
  }

  #greeted(resources: readonly HostedResource[]): void {
    // Nothing is asked of a host that is not written down: the next daemon would not know of it.
    if (!this.#life) return this.#early.keep(() => this.#greeted(resources));
    this.#leaveGate?.();
    this.#life.unlimit();
    const before = this.state;
    this.state = 'up';
    this.trouble = null;
    const { pid } = this.#life;
    if (before === 'adopting') this.#reports.publish('hostAdopted', { pid, resources: resources.length });
    else this.#reports.publish(this.#hasGreeted ? 'hostReconnected' : 'hostStarted', { pid });
    this.#hasGreeted = true;
    this.#reports.evidence.started();
    void reconcile(this, resources, this.#owner, this.#tools.clock.monotonicMs()).then(() => this.#owner.endIfUnused(this));
    this.pipes.start();
    this.#audience.tellUp(this.connection.startups);
  }

  #disconnected(): void {
    this.#early.forget();
    if (!this.#life || this.state === 'stopping') return;
    if (this.state === 'up') {
      this.state = 'disconnected';
      this.#reports.publish('hostDisconnected', { pid: this.#life.pid });
    }
    this.#life.watchDisconnected('stayed away without a connection');
  }

  #deadlineExpired(call: HostCall, elapsedMs: number, limitMs: number): void {
    this.#reports.deadlock(call, elapsedMs, limitMs);
    this.#life?.kill(describeDeadlock(call, limitMs), call.resource ?? '');
  }

  #exited(exit: ProcessExit, doom: Doom | null, life: HostLife): void {
    const aliveMs = this.#tools.clock.monotonicMs() - this.#startedAtMs;
    const end = { pid: life.pid, exit, doom, aliveMs, hadGreeted: this.#hasGreeted, refusal: this.#refusal };
    this.#dropLife();
    const cleared = doom ? Promise.resolve() : life.clearLeftovers();
    if (this.#whenStopped.length > 0) return void cleared.then(() => this.#stopped());
    this.#recovery.died(end);
    return this.#owner.endIfUnused(this);
  }

  /** Takes over the host of an earlier daemon, if it still is that process. Its hello is awaited like a reconnection. */
  async adopt(stored: StoredHost): Promise<void> {
    const { clock, store } = this.#tools;
    this.state = 'adopting';
    const found = await findHost(stored, this.plan, this.pipes, this.#tools);
    if (!found) {
      this.#stopped();
      store.deleteHost(this.hostId);
      this.#audience.tellLost(this.#audience.all(), [], 'the host ended while no daemon ran', 'hostExited');
      return this.#owner.endIfUnused(this);
    }
    this.#token = stored.token;
    this.connection.startups.started(stored.types);
    this.startedAtWallMs = stored.startedAtMs;
    this.#startedAtMs = clock.monotonicMs() - (clock.wallMs() - stored.startedAtMs);
    this.#hasGreeted = true;
    const life = this.#own(found.process);
    // Its last resource may have gone while it was looked for.
    if (this.#whenStopped.length > 0) this.#end();
    else if (found.isHeard) life.watchDisconnected('did not come back to the new daemon');
    else life.kill('its event handle is gone', null);
    return undefined;
  }

  /** Ends the host politely: its resources are offline by now. Resolves when it is gone. */
  stop(): Promise<void> {
    this.record.stop();
    if (!this.#life && this.state !== 'starting' && this.state !== 'adopting') {
      this.state = 'down';
      this.pipes.stop(true);
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.#whenStopped.push(resolve);
      if (this.#life) this.#end();
    });
  }

  #end(): void {
    this.state = 'stopping';
    const hears = this.connection.sayGoodbye('shutdown', 'the daemon ends this host');
    this.#life?.expectEnd(hears);
  }

  #stopped(): void {
    this.state = 'down';
    for (const stopped of this.#whenStopped.splice(0)) stopped();
  }

  /** Leaves the process alone and lets go of everything: the next daemon adopts it. */
  leave(): void {
    this.record.stop();
    this.#life?.leave();
    this.connection.drop('the daemon ends');
    this.pipes.stop(false);
  }

  #dropLife(): void {
    this.#leaveGate?.();
    this.connection.drop('the host is gone');
    this.pipes.stop(this.#whenStopped.length > 0);
    this.#life = null;
    this.#token = '';
    this.startedAtWallMs = null;
    this.#tools.store.deleteHost(this.hostId);
  }

  #saveHost(): void {
    if (!this.#life) return;
    this.#tools.store.saveHost({
      hostId: this.hostId,
      identity: this.#life.process.identity,
      token: this.#token,
      startedAtMs: this.startedAtWallMs ?? 0,
      types: this.connection.startups.startedTypes,
      eventHandles: this.pipes.extraNames,
    });
  }
}
