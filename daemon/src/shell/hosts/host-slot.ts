import { type EventFields, type EventKind, type Hello, type HostState, PROTOCOL } from '@andon/protocol';
import type { Connection, ConnectionListener } from '@andon/protocol/node';
import { afterDeath, backOff, type HostHistory, NO_HISTORY } from '../../core/hosts/death.ts';
import type { HostProcess, ProcessExit, ProcessIdentity, StoredHost, Timer } from '../../ports/index.ts';
import { CallTable, type HostCall } from './call-table.ts';
import { Greeting, welcome } from './greeting.ts';
import { Heartbeat } from './heartbeat.ts';
import { type Doom, HostLife } from './host-life.ts';
import type { HostOwner, HostTools } from './host-owner.ts';
import { HostPipes } from './host-pipes.ts';
import { environmentFor, type HostPlan } from './host-plan.ts';
import { describeExit } from './host-process.ts';
import { HostSession } from './host-session.ts';
import { reconcile } from './reconciliation.ts';
import { TypeStartups } from './type-startups.ts';

/** One place for a host process: starts it, welcomes it, loses it, and brings it back with growing pauses. */
export class HostSlot {
  readonly hostId: string;
  plan: HostPlan;
  state: HostState = 'down';
  /** Why no host can serve here, in words. */
  trouble: string | null = null;
  nextStartAtMs: number | null = null;
  startedAtWallMs: number | null = null;
  history: HostHistory = NO_HISTORY;
  readonly calls: CallTable;
  readonly startups: TypeStartups;
  readonly pipes: HostPipes;
  readonly #tools: HostTools;
  readonly #owner: HostOwner;
  readonly #heartbeat: Heartbeat;
  #life: HostLife | null = null;
  #session: HostSession | null = null;
  #greeting: Greeting | null = null;
  #token = '';
  #leaveGate: (() => void) | null = null;
  #backOffTimer: Timer | null = null;
  #startedAtMs = 0;
  #hasGreeted = false;
  #whenStopped: (() => void)[] = [];
  #lastCallId = 0;

  constructor(plan: HostPlan, tools: HostTools, owner: HostOwner) {
    this.hostId = plan.hostId;
    this.plan = plan;
    this.#tools = tools;
    this.#owner = owner;
    this.calls = new CallTable(tools.clock, {
      deadlineExpired: (call, elapsedMs, limitMs) => this.#deadlineExpired(call, elapsedMs, limitMs),
      slowCall: (call, elapsedMs) => this.#publish('callSlow', { call: call.method, elapsedMs: Math.round(elapsedMs) }, call.resource),
      strayResponse: (id) => this.#publish('lateReplyIgnored', { call: id.slice(0, 200) }),
    });
    this.startups = new TypeStartups(
      this.calls,
      () => this.nextCallId('startup'),
      (_type, refusal) => this.#startupSettled(refusal),
    );
    this.pipes = new HostPipes(plan.hostId, tools.clock, tools.eventHandles, {
      recordArrived: (record, atMs) => owner.recordArrived(this, record, atMs),
      malformedRecord: (excerpt, why) => owner.malformedRecord(this, `${excerpt} (${why})`),
      unterminatedRecord: (bytes) => this.#publish('recordUnterminated', { record: `${bytes} bytes without a newline; write it with echo, not printf` }),
      flooded: (perSecond, isAlarming) => this.#flooded(perSecond, isAlarming),
      handleLost: (path) => this.#publish('eventHandleReplaced', { path, why: 'the path names this pipe no more; records written there are lost' }),
    });
    this.#heartbeat = new Heartbeat(tools.clock, this.calls, plan.pingIntervalMs, () => this.nextCallId('ping'));
  }

  get pid(): number | null {
    return this.#life?.pid ?? null;
  }

  /** An id that no other call has had, of this daemon or an earlier one. */
  nextCallId(method: string): string {
    this.#lastCallId++;
    return `${this.#tools.epoch}.${this.#lastCallId}/${method}`;
  }

  notify(method: string, params: unknown): void {
    this.#session?.connection.send('notify', { method, params });
  }

  isToken(given: string, isSame: (given: string, expected: string) => boolean): boolean {
    return this.#token !== '' && this.#life !== null && isSame(given, this.#token);
  }

  /** One more pipe for this host, which the next daemon knows of too. */
  async createEventHandle(name: string): Promise<string> {
    const path = await this.pipes.createExtra(name);
    this.#saveHost();
    return path;
  }

  /** Somebody needs this host. `isUrgent`: an administrator asked and does not wait for the back-off. */
  need(isUrgent: boolean): void {
    switch (this.state) {
      case 'down':
        return this.#start();
      case 'backingOff':
        return isUrgent ? this.#start() : undefined;
      case 'up':
        return this.#announceUp();
      case 'quarantined':
        return this.#tellTrouble(this.trouble ?? 'host quarantined', true, null);
      case 'starting':
      case 'adopting':
      case 'disconnected':
      case 'stopping':
        return undefined;
    }
  }

  /** Lets a quarantined host try again. */
  unquarantine(): boolean {
    if (this.state !== 'quarantined') return false;
    this.history = NO_HISTORY;
    this.state = 'down';
    this.trouble = null;
    this.#publish('hostUnquarantined', {});
    return true;
  }

  // ---- starting ----

  #start(): void {
    this.#cancelBackOff();
    this.state = 'starting';
    this.#leaveGate = this.#tools.gate.enter(() => {
      this.#spawn().catch((error: unknown) => this.#startFailed(error instanceof Error ? error.message : String(error)));
    });
  }

  async #spawn(): Promise<void> {
    const { clock, processes, environment, random } = this.#tools;
    this.#publish('hostStarting', { command: this.plan.argv.join(' ') });
    const user = this.plan.user === null ? null : await processes.user(this.plan.user);
    if (this.plan.user !== null && user === null) return this.#startFailed(`there is no user "${this.plan.user}" on this machine`);
    const eventHandle = await this.pipes.create(user);
    this.#token = random.token();
    this.startups.clear();
    this.#hasGreeted = false;
    this.#startedAtMs = clock.monotonicMs();
    const started = await processes.spawn({
      hostId: this.hostId,
      argv: this.plan.argv,
      cwd: this.plan.cwd ?? environment.stateDir,
      env: environmentFor(this.plan, environment, this.#token, eventHandle.path),
      user: this.plan.user,
      logPath: environment.logPath(this.hostId),
      eventHandle,
    });
    if (started.kind === 'spawnFailed') return this.#startFailed(started.reason);
    this.startedAtWallMs = clock.wallMs();
    const life = this.#own(started);
    if (this.#whenStopped.length > 0) return this.#end();
    this.#saveHost();
    life.limit(this.plan.startTimeoutMs, `said no hello within ${this.plan.startTimeoutMs} ms`);
    return undefined;
  }

  #own(process: HostProcess): HostLife {
    const life = new HostLife(process, this.#tools.clock, () => this.plan, {
      exited: (exit, doom, identity) => this.#exited(exit, doom, identity, life),
      killing: (fields) => this.#publish('hostKilled', fields),
      notGone: (fields) => {
        this.trouble = `process ${fields.pid} was killed and is not gone`;
        this.#publish('hostNotGone', fields);
      },
    });
    this.#life = life;
    return life;
  }

  /** The process could not be started, or ended before its hello. */
  #startFailed(reason: string): void {
    this.#dropLife();
    if (this.#whenStopped.length > 0) return this.#stopped();
    this.history = { ...this.history, inARow: this.history.inARow + 1 };
    const delayMs = backOff(this.history.inARow);
    this.trouble = reason;
    this.#publish('hostStartFailed', { reason, nextAttemptInMs: delayMs });
    this.#backOffFor(delayMs);
    return this.#tellTrouble(reason, false, this.nextStartAtMs);
  }

  #backOffFor(delayMs: number): void {
    const { clock } = this.#tools;
    this.state = 'backingOff';
    this.#cancelBackOff();
    this.nextStartAtMs = clock.monotonicMs() + delayMs;
    this.#backOffTimer = clock.after(delayMs, () => {
      this.#cancelBackOff();
      this.state = 'down';
      if (this.#waiting().length > 0) this.#start();
    });
  }

  #cancelBackOff(): void {
    this.#backOffTimer?.cancel();
    this.#backOffTimer = null;
    this.nextStartAtMs = null;
  }

  // ---- what its resources hear ----

  /** Resources that wait for this host. */
  #waiting(): readonly string[] {
    return this.#owner.resourcesOf(this.hostId).filter((name) => this.#owner.instanceOf(name)?.phase === 'awaitingHost');
  }

  #tellTrouble(reason: string, isFinal: boolean, nextAttemptAtMs: number | null, names = this.#waiting()): void {
    const atMs = this.#tools.clock.monotonicMs();
    for (const name of names) this.#owner.deliver(name, { kind: 'hostTrouble', atMs, reason, final: isFinal, nextAttemptAtMs });
  }

  /** Tells everyone who waits that the host is up, once their type was started up. */
  #announceUp(): void {
    const atMs = this.#tools.clock.monotonicMs();
    for (const name of this.#waiting()) {
      const startup = this.startups.ask(this.#owner.typeOf(name));
      if (startup.kind === 'started') this.#owner.deliver(name, { kind: 'hostUp', atMs });
      if (startup.kind === 'refused') this.#tellTrouble(startup.reason, true, null, [name]);
    }
  }

  #startupSettled(refusal: string | null): void {
    if (refusal === null) this.#saveHost();
    else this.#publish('helloRefused', { reason: refusal });
    this.#announceUp();
  }

  #loseAll(resources: readonly string[], culprits: ReadonlySet<string>, reason: string, source: 'hostExited' | 'deadlock'): void {
    const atMs = this.#tools.clock.monotonicMs();
    for (const name of resources) {
      const blamed = culprits.has(name);
      this.#owner.deliver(name, { kind: 'hostLost', atMs, blamed, reason, source: blamed ? source : 'hostExited' });
    }
  }

  // ---- connection ----

  /** A connection with this slot's token said hello. A newer one takes the place of an older. */
  accept(connection: Connection, hello: Hello): ConnectionListener {
    if (!hello.protocols.includes(PROTOCOL)) return this.#refuseProtocol(connection, hello);
    this.#session?.replace();
    this.#life?.connected();
    const greeting = new Greeting(hello);
    this.#greeting = greeting;
    this.calls.attach(connection, hello.concurrency);
    this.startups.forgetUnanswered();
    const session: HostSession = new HostSession(connection, this.calls, {
      resourcesTold: (resources) => {
        greeting.add(resources);
        if (this.#greeting === greeting && greeting.isComplete) this.#greeted(greeting);
      },
      requested: (request, respond) => this.#owner.requested(this, request, respond),
      logged: (level, text, resource) => this.#publish('logged', { level, text: text.slice(0, 1024) }, resource),
      failedNotified: (resource, incarnation, reason) => this.#owner.failedNotified(this, resource, incarnation, reason),
      violated: (reason) => this.#publish('protocolViolation', { reason }),
      closed: () => this.#disconnected(session),
    });
    this.#session = session;
    connection.send('welcome', welcome(this.#tools.epoch, this.pipes.main?.path ?? '', this.#tools.orphanPeriodMs));
    if (greeting.isComplete) this.#greeted(greeting);
    return session;
  }

  #refuseProtocol(connection: Connection, hello: Hello): ConnectionListener {
    const reason = `it speaks ${hello.protocols.join(', ').slice(0, 200)}; this daemon speaks ${PROTOCOL}`;
    connection.send('goodbye', { code: 'noCommonProtocol', message: reason, supported: [PROTOCOL] });
    connection.end();
    this.#publish('helloRefused', { reason });
    this.#life?.kill(reason, null);
    return { onFrame: () => undefined, onClosed: () => undefined };
  }

  #greeted(greeting: Greeting): void {
    this.#greeting = null;
    this.#leave();
    this.#life?.unlimit();
    const before = this.state;
    this.state = 'up';
    this.trouble = null;
    const pid = this.pid ?? greeting.hello.pid;
    if (before === 'adopting') this.#publish('hostAdopted', { pid, resources: greeting.resources.length });
    else this.#publish(this.#hasGreeted ? 'hostReconnected' : 'hostStarted', { pid });
    this.#hasGreeted = true;
    reconcile(this, greeting.resources, this.#owner, this.#tools.clock.monotonicMs());
    this.pipes.start();
    this.#heartbeat.start();
    this.#announceUp();
  }

  #disconnected(session: HostSession): void {
    if (this.#session !== session) return;
    this.#session = null;
    this.#greeting = null;
    this.calls.detach('the connection to the host broke');
    this.#heartbeat.stop();
    if (!this.#life || this.state === 'stopping') return;
    if (this.state === 'up') {
      this.state = 'disconnected';
      this.#publish('hostDisconnected', { pid: this.#life.pid });
    }
    this.#life.watchDisconnected('stayed away without a connection');
  }

  #flooded(perSecond: number, isAlarming: boolean): void {
    this.#publish('recordFlood', { perSecond });
    if (isAlarming) this.trouble = `floods its event handle with records that name nothing (${perSecond} in one second)`;
  }

  // ---- end of life ----

  #deadlineExpired(call: HostCall, elapsedMs: number, limitMs: number): void {
    if (call.method === 'ping' && this.#heartbeat.forgives(call.id)) return;
    const type = call.resource === null ? '' : this.#owner.typeOf(call.resource);
    this.#publish('deadlock', { type, call: call.method, elapsedMs: Math.round(elapsedMs), limitMs: Math.round(limitMs) }, call.resource);
    const whose = call.resource === null ? '' : ` of "${call.resource}"`;
    this.#life?.kill(`${call.method}${whose} had no answer within ${Math.round(limitMs)} ms`, call.resource ?? '');
  }

  #exited(exit: ProcessExit, doom: Doom | null, { pid }: ProcessIdentity, life: HostLife): void {
    const resources = this.#owner.resourcesOf(this.hostId);
    const culprits = doom?.deadlock ? [doom.deadlock] : resources.filter((name) => this.#owner.instanceOf(name)?.call);
    this.#dropLife();
    if (this.#whenStopped.length > 0) return this.#stopped();
    if (!doom) life.clearLeftovers();
    const how = describeExit(exit);
    this.#publish('hostExited', culprits.length === 0 ? { pid, how } : { pid, how, during: culprits.join(', ') });
    if (!this.#hasGreeted) return this.#diedBeforeHello(doom?.reason ?? `${how} before it said hello`, resources);
    const isDeadlock = doom !== null && doom.deadlock !== null;
    this.#recover(culprits, resources, isDeadlock);
    return this.#loseAll(resources, new Set(culprits), doom ? `host killed: ${doom.reason}` : `host ${how}`, isDeadlock ? 'deadlock' : 'hostExited');
  }

  /** Who is kept apart from now on, and when the next process starts, if it may. */
  #recover(culprits: readonly string[], resources: readonly string[], isDeadlock: boolean): void {
    const atMs = this.#tools.clock.monotonicMs();
    const after = afterDeath(this.history, { atMs, culprits, aliveMs: atMs - this.#startedAtMs, deadlock: isDeadlock, resources });
    this.history = after.history;
    if (after.separate.length > 0) this.#owner.separate(this, after.separate);
    if (after.quarantine) this.#quarantine();
    else this.#backOffFor(after.restartDelayMs);
  }

  #diedBeforeHello(reason: string, resources: readonly string[]): void {
    const atMs = this.#tools.clock.monotonicMs();
    const after = afterDeath(this.history, { atMs, culprits: [], aliveMs: 0, deadlock: false, resources: resources.slice(0, 1) });
    this.history = { deaths: after.history.deaths, inARow: this.history.inARow };
    if (!after.quarantine || resources.length > 1) return this.#startFailed(reason);
    this.#quarantine();
    return this.#tellTrouble(`${this.trouble ?? ''}: ${reason}`, true, null);
  }

  #quarantine(): void {
    this.state = 'quarantined';
    this.trouble = `host quarantined after ${this.history.deaths.length} deaths in 10 minutes`;
    this.#publish('hostQuarantined', { deaths: this.history.deaths.length });
  }

  // ---- adoption and stopping ----

  /** Takes over the host of an earlier daemon, if it still is that process. Its hello is awaited like a reconnection. */
  async adopt(stored: StoredHost): Promise<void> {
    const { processes, clock, store } = this.#tools;
    const process = processes.adopt(stored.identity);
    if (!process) {
      store.deleteHost(this.hostId);
      return this.#loseAll(this.#owner.resourcesOf(this.hostId), new Set(), 'the host ended while no daemon ran', 'hostExited');
    }
    this.state = 'adopting';
    this.#token = stored.token;
    this.startups.started(stored.types);
    this.startedAtWallMs = stored.startedAtMs;
    this.#startedAtMs = clock.monotonicMs() - (clock.wallMs() - stored.startedAtMs);
    this.#hasGreeted = true;
    const user = this.plan.user === null ? null : await processes.user(this.plan.user);
    const isOpen = await this.pipes.reopen(stored.identity.pid, user, stored.eventHandles);
    const life = this.#own(process);
    if (isOpen) life.watchDisconnected('did not come back to the new daemon');
    else life.kill('its event handle is gone', null);
    return undefined;
  }

  /** Ends the host politely: its resources are offline by now. Resolves when it is gone. */
  stop(): Promise<void> {
    this.#cancelBackOff();
    if (!this.#life && this.state !== 'starting') {
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
    this.#session?.connection.send('goodbye', { code: 'shutdown', message: 'the daemon ends this host', supported: [PROTOCOL] });
    this.#life?.expectEnd(this.#session !== null);
  }

  #stopped(): void {
    this.state = 'down';
    for (const stopped of this.#whenStopped.splice(0)) stopped();
  }

  /** Leaves the process alone and lets go of everything: the next daemon adopts it. */
  leave(): void {
    this.#cancelBackOff();
    this.#heartbeat.stop();
    this.#life?.leave();
    this.#session?.replace();
    this.#session = null;
    this.calls.detach('the daemon ends');
    this.pipes.stop(false);
  }

  #dropLife(): void {
    this.#leave();
    this.#heartbeat.stop();
    this.#session?.replace();
    this.#session = null;
    this.#greeting = null;
    this.calls.detach('the host is gone');
    this.pipes.stop(this.#whenStopped.length > 0);
    this.#life = null;
    this.startedAtWallMs = null;
    this.#tools.store.deleteHost(this.hostId);
  }

  #leave(): void {
    this.#leaveGate?.();
    this.#leaveGate = null;
  }

  #saveHost(): void {
    if (!this.#life) return;
    this.#tools.store.saveHost({
      hostId: this.hostId,
      identity: this.#life.process.identity,
      token: this.#token,
      startedAtMs: this.startedAtWallMs ?? 0,
      types: this.startups.startedTypes,
      eventHandles: this.pipes.extraNames,
    });
  }

  #publish<K extends EventKind>(event: K, fields: EventFields<K>, resource?: string | null): void {
    this.#owner.publish(event, fields, this.hostId, resource ?? undefined);
  }
}
