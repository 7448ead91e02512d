import { type EventFields, type EventKind, type Hello, type HostState, PROTOCOL } from '@andon/protocol';
import type { Connection, ConnectionListener } from '@andon/protocol/node';
import { afterDeath, backOff, type HostHistory, NO_HISTORY } from '../../core/hosts/death.ts';
import type { HostProcess, ProcessExit, StoredHost, Timer } from '../../ports/index.ts';
import { CallTable, type HostCall } from './call-table.ts';
import { Greeting, welcome } from './greeting.ts';
import { Heartbeat } from './heartbeat.ts';
import type { HostOwner, HostTools } from './host-owner.ts';
import { environmentFor, type HostPlan } from './host-plan.ts';
import { describeExit, DisconnectionWatch, KILL_LIMIT_MS } from './host-process.ts';
import { HostSession } from './host-session.ts';
import { reconcile } from './reconciliation.ts';
import { HostPipes } from './host-pipes.ts';
import { TypeStartups } from './type-startups.ts';

/** How long a host that was asked to end may take before it is killed. */
const POLITE_END_MS = 5_000;
const RECHECK_MS = 1_000;

/** Why the daemon ends a host. A deadlock names the resource whose call hung. */
interface Doom {
  readonly reason: string;
  readonly deadlock: string | null;
}

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
  readonly startups = new TypeStartups();
  readonly pipes: HostPipes;
  readonly #tools: HostTools;
  readonly #owner: HostOwner;
  #process: HostProcess | null = null;
  #token = '';
  #session: HostSession | null = null;
  #greeting: Greeting | null = null;
  #heartbeat: Heartbeat;
  #watch: DisconnectionWatch | null = null;
  #leaveGate: (() => void) | null = null;
  #timer: Timer | null = null;
  #startedAtMs = 0;
  #greetedOnce = false;
  #doom: Doom | null = null;
  #stopped: (() => void)[] = [];
  #nextCallId = 0;

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
    this.pipes = new HostPipes(plan.hostId, tools.clock, tools.eventHandles, {
      recordArrived: (record, atMs) => owner.recordArrived(this, record, atMs),
      malformedRecord: (excerpt, why) => this.#publish('recordDropped', { why: 'malformed', record: `${excerpt} (${why})`, count: 1 }),
      unterminatedRecord: (bytes) => this.#publish('recordUnterminated', { record: `${bytes} bytes without a newline; write it with echo, not printf` }),
      flooded: (perSecond, alarm) => this.#flooded(perSecond, alarm),
      handleLost: (path) => this.#publish('eventHandleReplaced', { path, why: 'the path names this pipe no more; records written there are lost' }),
    });
    this.#heartbeat = new Heartbeat(tools.clock, this.calls, plan.pingIntervalMs, () => this.nextCallId('ping'));
  }

  get pid(): number | null {
    return this.#process?.identity.pid ?? null;
  }
  get isConnected(): boolean {
    return this.#session !== null && this.state === 'up';
  }

  /** An id that no other call has had, of this daemon or an earlier one. */
  nextCallId(method: string): string {
    this.#nextCallId++;
    return `${this.#tools.epoch}.${this.#nextCallId}/${method}`;
  }

  notify(method: string, params: unknown): void {
    this.#session?.connection.send('notify', { method, params });
  }

  isToken(given: string, same: (given: string, expected: string) => boolean): boolean {
    return this.#token !== '' && this.#process !== null && same(given, this.#token);
  }

  /** Somebody needs this host. `urgent`: an administrator asked and does not wait for the back-off. */
  need(urgent: boolean): void {
    switch (this.state) {
      case 'down':
        return this.#start();
      case 'backingOff':
        return urgent ? this.#start() : undefined;
      case 'up':
        return this.announceUp();
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
    this.#cancelTimer();
    this.state = 'starting';
    this.nextStartAtMs = null;
    this.#doom = null;
    this.#leaveGate = this.#tools.gate.enter(() => {
      this.#spawn().catch((error: unknown) => this.#startFailed(error instanceof Error ? error.message : String(error)));
    });
  }

  async #spawn(): Promise<void> {
    const { clock, processes, environment, random } = this.#tools;
    this.#publish('hostStarting', { command: this.plan.argv.join(' ') });
    const user = this.plan.user === null ? null : await processes.user(this.plan.user);
    if (this.plan.user !== null && user === null) return this.#startFailed(`there is no user "${this.plan.user}" on this machine`);
    const handle = await this.pipes.create(user);
    this.#token = random.token();
    this.startups.clear();
    this.#startedAtMs = clock.monotonicMs();
    this.#greetedOnce = false;
    const started = await processes.spawn({
      hostId: this.hostId,
      argv: this.plan.argv,
      cwd: this.plan.cwd ?? environment.stateDir,
      env: environmentFor(this.plan, environment, this.#token, handle.path),
      user: this.plan.user,
      logPath: environment.logPath(this.hostId),
      eventHandle: handle,
    });
    if (started.kind === 'spawnFailed') return this.#startFailed(started.reason);
    this.startedAtWallMs = clock.wallMs();
    this.#own(started);
    if (this.#stopped.length > 0) return this.#end();
    this.#saveHost();
    this.#timer = clock.after(this.plan.startTimeoutMs, () => this.kill(`said no hello within ${this.plan.startTimeoutMs} ms`, null));
  }

  #own(process: HostProcess): void {
    this.#process = process;
    process.onExit((exit) => this.#exited(exit));
  }

  #flooded(perSecond: number, alarm: boolean): void {
    this.#publish('recordFlood', { perSecond });
    if (alarm) this.trouble = `floods its event handle with records that name nothing (${perSecond} in one second)`;
  }

  /** One more pipe for this host, which the next daemon knows of too. */
  async createEventHandle(name: string): Promise<string> {
    const path = await this.pipes.createExtra(name);
    this.#saveHost();
    return path;
  }

  /** The process could not be started, or ended before its hello. */
  #startFailed(reason: string): void {
    this.#release();
    this.#dropProcess();
    if (this.#stopped.length > 0) return this.#settleStopped();
    const { clock } = this.#tools;
    this.history = { ...this.history, inARow: this.history.inARow + 1 };
    const delayMs = backOff(this.history.inARow);
    this.trouble = reason;
    this.#publish('hostStartFailed', { reason, nextAttemptInMs: delayMs });
    this.#backOffFor(delayMs);
    this.#tellTrouble(reason, false, clock.monotonicMs() + delayMs);
  }

  #backOffFor(delayMs: number): void {
    const { clock } = this.#tools;
    this.state = 'backingOff';
    this.nextStartAtMs = clock.monotonicMs() + delayMs;
    this.#cancelTimer();
    this.#timer = clock.after(delayMs, () => {
      this.#timer = null;
      this.nextStartAtMs = null;
      this.state = 'down';
      if (this.#waiting().length > 0) this.#start();
    });
  }

  /** Resources that wait for this host. */
  #waiting(): readonly string[] {
    return this.#owner.resourcesOf(this.hostId).filter((name) => this.#owner.instanceOf(name)?.phase === 'awaitingHost');
  }

  #tellTrouble(reason: string, final: boolean, nextAttemptAtMs: number | null, only?: (name: string) => boolean): void {
    const atMs = this.#tools.clock.monotonicMs();
    for (const name of this.#waiting()) {
      if (only && !only(name)) continue;
      this.#owner.deliver(name, { kind: 'hostTrouble', atMs, reason, final, nextAttemptAtMs });
    }
  }

  // ---- connection ----

  /** A connection with this slot's token said hello. A newer one takes the place of an older. */
  accept(connection: Connection, hello: Hello): ConnectionListener {
    if (!hello.protocols.includes(PROTOCOL)) {
      connection.send('goodbye', { code: 'noCommonProtocol', message: `this daemon speaks ${PROTOCOL}`, supported: [PROTOCOL] });
      connection.end();
      this.refuse(`it speaks ${hello.protocols.join(', ')}; this daemon speaks ${PROTOCOL}`);
      return SILENT;
    }
    this.#session?.replace();
    this.#watch?.stop();
    this.#watch = null;
    const greeting = new Greeting(hello);
    this.#greeting = greeting;
    this.calls.attach(connection, hello.concurrency);
    this.startups.forgetUnanswered();
    const session = new HostSession(connection, this.calls, {
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

  /** The host will never serve: it speaks another protocol. */
  refuse(reason: string): void {
    this.#publish('helloRefused', { reason });
    this.kill(reason, null);
  }

  #greeted(greeting: Greeting): void {
    this.#greeting = null;
    this.#release();
    this.#cancelTimer();
    const before = this.state;
    this.state = 'up';
    this.trouble = null;
    const pid = this.#process?.identity.pid ?? greeting.hello.pid;
    if (before === 'adopting') this.#publish('hostAdopted', { pid, resources: greeting.resources.length });
    else if (this.#greetedOnce) this.#publish('hostReconnected', { pid });
    else this.#publish('hostStarted', { pid });
    this.#greetedOnce = true;
    reconcile(this, greeting.resources, this.#owner, this.#tools.clock.monotonicMs());
    this.pipes.start();
    this.#heartbeat.start();
    this.announceUp();
  }

  /** Tells everyone who waits that the host is up, once their type was started up. */
  announceUp(): void {
    const atMs = this.#tools.clock.monotonicMs();
    for (const name of this.#waiting()) {
      const type = this.#owner.typeOf(name);
      const startup = this.startups.state(type);
      if (startup?.kind === 'started') this.#owner.deliver(name, { kind: 'hostUp', atMs });
      else if (startup?.kind === 'refused') this.#tellTrouble(startup.reason, true, null, (other) => other === name);
      else if (!startup) this.#startUp(type);
    }
  }

  #startUp(type: string): void {
    this.startups.asked(type);
    this.calls.send({
      id: this.nextCallId('startup'),
      resource: null,
      method: 'startup',
      params: { types: [type] },
      limitMs: 30_000,
      answered: (outcome) => {
        const state = this.startups.answered(type, outcome);
        if (state.kind === 'started') this.#saveHost();
        if (state.kind === 'refused') this.#publish('helloRefused', { reason: state.reason });
        this.announceUp();
      },
    });
  }

  #disconnected(session: HostSession): void {
    if (this.#session !== session) return;
    this.#session = null;
    this.#greeting = null;
    this.calls.detach('the connection to the host broke');
    this.#heartbeat.stop();
    if (!this.#process || this.state === 'stopping') return;
    if (this.state === 'up') {
      this.state = 'disconnected';
      this.#publish('hostDisconnected', { pid: this.#process.identity.pid });
    }
    this.#watch?.stop();
    this.#watch = new DisconnectionWatch(this.#tools.clock, this.#process, () => this.kill('stayed away without a connection', null));
  }

  // ---- end of life ----

  #deadlineExpired(call: HostCall, elapsedMs: number, limitMs: number): void {
    if (call.method === 'ping' && this.#heartbeat.forgives(call.id)) return;
    const type = call.resource === null ? '' : this.#owner.typeOf(call.resource);
    this.#publish('deadlock', { type, call: call.method, elapsedMs: Math.round(elapsedMs), limitMs: Math.round(limitMs) }, call.resource);
    this.kill(`${call.method}${call.resource === null ? '' : ` of "${call.resource}"`} had no answer within ${Math.round(limitMs)} ms`, call.resource ?? '');
  }

  /** Ends the process by its kill scope and makes sure that it is gone; until then no other is started here (S42). */
  kill(reason: string, deadlock: string | null): void {
    const process = this.#process;
    if (!process || this.#doom) return;
    this.#doom = { reason, deadlock };
    const { pid } = process.identity;
    this.#publish('hostKilled', { pid, reason, scope: this.plan.killScope });
    void process.kill(this.plan.killScope, KILL_LIMIT_MS).then((result) => {
      if (result === 'gone') process.checkExit();
      else this.#notGone(process);
    });
  }

  #notGone(process: HostProcess): void {
    if (this.#process !== process) return;
    this.trouble = `process ${process.identity.pid} was killed and is not gone`;
    this.#publish('hostNotGone', { pid: process.identity.pid, reason: `still there ${KILL_LIMIT_MS} ms after SIGKILL; no second host is started` });
    const recheck = (): void => {
      this.#timer = this.#tools.clock.after(RECHECK_MS, () => {
        if (this.#process === process && !process.checkExit()) recheck();
      });
    };
    recheck();
  }

  #exited(exit: ProcessExit): void {
    const { clock } = this.#tools;
    const pid = this.pid ?? 0;
    const how = describeExit(exit);
    const doom = this.#doom;
    const resources = this.#owner.resourcesOf(this.hostId);
    const culprits = doom?.deadlock ? [doom.deadlock] : resources.filter((name) => this.#owner.instanceOf(name)?.call);
    const wasGreeted = this.#greetedOnce;
    const leftovers = this.#process;
    this.#dropProcess();
    if (this.#stopped.length > 0) return this.#settleStopped();
    if (!doom) void leftovers?.kill(this.plan.killScope, KILL_LIMIT_MS);
    this.#publish('hostExited', culprits[0] === undefined ? { pid, how } : { pid, how, during: culprits.join(', ') });
    if (!wasGreeted) return this.#diedBeforeHello(doom?.reason ?? `${how} before it said hello`);
    const aliveMs = clock.monotonicMs() - this.#startedAtMs;
    const after = afterDeath(this.history, { atMs: clock.monotonicMs(), culprits, aliveMs, deadlock: doom?.deadlock != null, resources });
    this.history = after.history;
    if (after.separate.length > 0) this.#owner.separate(this, after.separate);
    if (after.quarantine) this.#quarantine();
    else this.#backOffFor(after.restartDelayMs);
    const reason = doom ? `host killed: ${doom.reason}` : `host ${how}`;
    this.#loseAll(resources, new Set(culprits), reason, doom?.deadlock == null ? 'hostExited' : 'deadlock');
  }

  #diedBeforeHello(reason: string): void {
    const resources = this.#owner.resourcesOf(this.hostId);
    const atMs = this.#tools.clock.monotonicMs();
    const after = afterDeath(this.history, { atMs, culprits: [], aliveMs: 0, deadlock: false, resources: resources.slice(0, 1) });
    if (!after.quarantine || resources.length > 1) {
      this.history = { deaths: after.history.deaths, inARow: this.history.inARow };
      return this.#startFailed(reason);
    }
    this.history = after.history;
    this.#quarantine();
    this.#tellTrouble(this.trouble ?? reason, true, null);
  }

  #quarantine(): void {
    this.state = 'quarantined';
    this.trouble = `host quarantined after ${this.history.deaths.length} deaths in 10 minutes`;
    this.#publish('hostQuarantined', { deaths: this.history.deaths.length });
  }

  #loseAll(resources: readonly string[], culprits: ReadonlySet<string>, reason: string, source: 'hostExited' | 'deadlock'): void {
    const atMs = this.#tools.clock.monotonicMs();
    for (const name of resources) {
      const blamed = culprits.has(name);
      this.#owner.deliver(name, { kind: 'hostLost', atMs, blamed, reason, source: blamed ? source : 'hostExited' });
    }
  }

  // ---- adoption and stopping ----

  /** Takes over the host of an earlier daemon, if it still is that process. Its hello is awaited like a reconnection. */
  async adopt(stored: StoredHost): Promise<void> {
    const { processes, clock } = this.#tools;
    this.#token = stored.token;
    this.startups.started(stored.types);
    this.startedAtWallMs = stored.startedAtMs;
    this.#startedAtMs = clock.monotonicMs() - (clock.wallMs() - stored.startedAtMs);
    this.#greetedOnce = true;
    const process = processes.adopt(stored.identity);
    if (!process) return this.#exitedUnseen();
    this.state = 'adopting';
    const user = this.plan.user === null ? null : await processes.user(this.plan.user);
    const isOpen = await this.pipes.reopen(stored.identity.pid, user, stored.eventHandles);
    this.#own(process);
    if (!isOpen) return this.kill('its event handle is gone', null);
    this.#watch = new DisconnectionWatch(clock, process, () => this.kill('did not come back to the new daemon', null));
  }

  #exitedUnseen(): void {
    this.#tools.store.deleteHost(this.hostId);
    this.state = 'down';
    this.#loseAll(this.#owner.resourcesOf(this.hostId), new Set(), 'the host ended while no daemon ran', 'hostExited');
  }

  /** Ends the host politely: its resources are offline by now. Resolves when it is gone. */
  stop(): Promise<void> {
    this.#cancelTimer();
    if (!this.#process && this.state !== 'starting') {
      this.state = 'down';
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.#stopped.push(resolve);
      if (this.#process) this.#end();
    });
  }

  #end(): void {
    this.state = 'stopping';
    this.#session?.connection.send('goodbye', { code: 'shutdown', message: 'the daemon ends this host', supported: [PROTOCOL] });
    if (!this.#session) this.#process?.requestExit();
    this.#cancelTimer();
    this.#timer = this.#tools.clock.after(POLITE_END_MS, () => this.kill(`did not end within ${POLITE_END_MS} ms`, null));
    this.#watch?.stop();
    if (this.#process) this.#watch = new DisconnectionWatch(this.#tools.clock, this.#process, () => undefined);
  }

  /** Leaves the process alone and lets go of everything: the next daemon adopts it. */
  leave(): void {
    this.#cancelTimer();
    this.#heartbeat.stop();
    this.#watch?.stop();
    this.#session?.replace();
    this.#session = null;
    this.calls.detach('the daemon ends');
    this.pipes.stop(false);
  }

  #settleStopped(): void {
    this.state = 'down';
    this.pipes.stop(true);
    for (const stopped of this.#stopped.splice(0)) stopped();
  }

  #dropProcess(): void {
    this.#cancelTimer();
    this.#release();
    this.#watch?.stop();
    this.#watch = null;
    this.#heartbeat.stop();
    this.#session?.replace();
    this.#session = null;
    this.calls.detach('the host is gone');
    if (this.#stopped.length === 0) this.pipes.stop(false);
    this.#process = null;
    this.startedAtWallMs = null;
    this.#tools.store.deleteHost(this.hostId);
  }

  #release(): void {
    this.#leaveGate?.();
    this.#leaveGate = null;
  }

  #cancelTimer(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #saveHost(): void {
    if (!this.#process) return;
    const { hostId } = this;
    const resources = this.#owner.resourcesOf(hostId);
    this.#tools.store.saveHost({
      hostId,
      identity: this.#process.identity,
      token: this.#token,
      startedAtMs: this.startedAtWallMs ?? 0,
      types: this.startups.startedTypes,
      eventHandles: this.pipes.extraNames,
      onlyResource: hostId.includes('.') ? (resources[0] ?? null) : null,
    });
  }

  #publish<K extends EventKind>(event: K, fields: EventFields<K>, resource?: string | null): void {
    this.#owner.publish(event, fields, this.hostId, resource ?? undefined);
  }
}

/** Hears a connection that was told goodbye. */
const SILENT: ConnectionListener = { onFrame: () => undefined, onClosed: () => undefined };
