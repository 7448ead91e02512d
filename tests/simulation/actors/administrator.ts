import { type Configuration, CONTROL, type ControlMethod, type ControlParams, type ControlResult, Response } from '@andon/protocol';
import type { World } from '../engine/world.ts';
import { WireEnd } from '../kernel/wire.ts';

type Answer = { readonly ok: true; readonly result: unknown } | { readonly ok: false; readonly code: string };

const RETRY_MS = 200;
/** Nobody was there to answer, or its predecessor is not gone yet. */
const NOT_YET: ReadonlySet<string> = new Set(['unreachable', 'cut off', 'wrongState']);

/** Somebody at the command line: asks for this and that, remembers what was granted, and expects it to hold. */
export class Administrator {
  readonly #world: World;
  readonly #configuration: Configuration;
  /** What the last granted request wants; absent where a request was cut off and nobody can know. */
  readonly #wanted = new Map<string, 'Online' | 'Offline'>();
  #lastId = 0;
  #isBusy = false;

  constructor(world: World, configuration: Configuration) {
    this.#world = world;
    this.#configuration = configuration;
  }

  /** Configures everything, however often it takes. */
  setUp(done: () => void): void {
    this.ask('apply', { configuration: this.#configuration }, (answer) => {
      if (!answer.ok) return void this.#world.schedule.after(RETRY_MS, () => this.setUp(done));
      for (const name of this.#configuration.online) this.#wanted.set(name, 'Online');
      return done();
    });
  }

  /** One thing that administrators do. */
  meddle(): void {
    if (this.#isBusy) return;
    const { draw } = this.#world;
    const name = draw.pick(this.#configuration.resources)?.name ?? '';
    const choice = draw.uniform();
    if (choice < 0.4) this.#want('Online', name);
    else if (choice < 0.65) this.#want('Offline', name);
    else if (choice < 0.8) this.#fail(name);
    else if (choice < 0.9) this.#ask('status', {}, () => undefined);
    else this.#ask('events', { limit: 100 }, () => undefined);
  }

  /** Removes a resource, whatever it does, and adds it again at once. A daemon that dies in between is asked until it has done both. */
  replace(): void {
    if (this.#isBusy) return;
    const resource = this.#world.draw.pick(this.#configuration.resources);
    if (!resource) return;
    const { name } = resource;
    this.#world.ledger.meddled(name);
    this.#wanted.delete(name);
    this.#ask('resourceRemove', { name, force: true }, (removed) => {
      if (removed.ok || removed.code === 'cut off') this.#add(resource);
    });
  }

  #add(resource: Configuration['resources'][number]): void {
    this.#ask('resourceAdd', { resource }, (added) => {
      if (added.ok) return this.#want('Online', resource.name);
      if (NOT_YET.has(added.code)) this.#world.schedule.after(RETRY_MS, () => this.#add(resource));
      return undefined;
    });
  }

  /** Every resource wanted, every quarantine lifted. */
  restore(done: () => void): void {
    const again = (): void => void this.#world.schedule.after(RETRY_MS, () => this.restore(done));
    const names = this.#configuration.resources.map(({ name }) => name);
    // One that was removed may not have been added again.
    this.ask('apply', { configuration: this.#configuration }, (applied) => {
      if (!applied.ok) return again();
      return this.ask('online', { names }, (answer) => {
        if (!answer.ok) return again();
        for (const name of names) this.#wanted.set(name, 'Online');
        return this.#unquarantine(done);
      });
    });
  }

  #unquarantine(done: () => void): void {
    this.status(({ hosts }) => {
      for (const { id, state } of hosts) if (state === 'quarantined') this.ask('hostUnquarantine', { host: id }, () => undefined);
      done();
    });
  }

  status(told: (status: ControlResult<'status'>) => void): void {
    this.ask('status', {}, (answer) => {
      if (!answer.ok) return void this.#world.schedule.after(RETRY_MS, () => this.status(told));
      return told(CONTROL.status.result.parse(answer.result));
    });
  }

  /** Whatever happens to it: its policy gives it up for a while at most. */
  isTriedAgain(name: string): boolean {
    const definition = this.#configuration.resources.find((resource) => resource.name === name);
    return definition?.properties.RestartAction !== 'DontRestart' && definition?.properties.RetryPeriodOnFailure !== null;
  }

  /** What must be wanted of a resource, if anybody can know. */
  expected(name: string): 'Online' | 'Offline' | undefined {
    return this.#wanted.get(name);
  }

  #want(wanted: 'Online' | 'Offline', name: string): void {
    const before = this.#wanted.get(name);
    this.#wanted.delete(name);
    if (wanted === 'Offline') this.#world.ledger.meddled(name);
    this.#ask(wanted === 'Online' ? 'online' : 'offline', { names: [name] }, (answer) => {
      if (answer.ok) this.#wanted.set(name, wanted);
      else if (answer.code !== 'cut off' && before) this.#wanted.set(name, before);
      if (answer.ok && wanted === 'Online') {
        for (const provider of CONTROL.online.result.parse(answer.result).alsoWanted) this.#wanted.set(provider, 'Online');
      }
    });
    // An online that was cut off may have set its providers wanted too.
    if (wanted === 'Online') for (const { name: other } of this.#configuration.resources) this.#doubt(other, 'Offline');
  }

  #doubt(name: string, state: 'Online' | 'Offline'): void {
    if (this.#wanted.get(name) === state) this.#wanted.delete(name);
  }

  #fail(name: string): void {
    this.#world.ledger.meddled(name);
    this.#ask('fail', { name }, () => undefined);
  }

  #ask<M extends ControlMethod>(method: M, params: ControlParams<M>, answered: (answer: Answer) => void): void {
    this.#isBusy = true;
    this.ask(method, params, (answer) => {
      this.#isBusy = false;
      answered(answer);
    });
  }

  /** A connection of its own, as every command has. */
  ask<M extends ControlMethod>(method: M, params: ControlParams<M>, answered: (answer: Answer) => void): void {
    const { schedule, machine } = this.#world;
    const door = machine.controlDoor;
    if (!door) return void schedule.after(0, () => answered({ ok: false, code: 'unreachable' }));
    const [ours, theirs] = WireEnd.pair({ post: (action) => action() }, door.owner, this.#world);
    let isAnswered = false;
    const settle = (answer: Answer): void => {
      if (isAnswered) return;
      isAnswered = true;
      ours.destroy();
      answered(answer);
    };
    this.#lastId++;
    const id = `a${this.#lastId}`;
    let text = '';
    ours.listener = {
      onClosed: () => settle({ ok: false, code: 'cut off' }),
      onFrame: (_type, data) => {
        const response = Response.parse(data);
        if (!response.ok) return settle({ ok: false, code: response.error.code });
        const piece = pieceOf(data);
        if (!piece) return settle({ ok: true, result: response.result });
        text += piece.part;
        if (!piece.more) settle({ ok: true, result: JSON.parse(text) });
        return undefined;
      },
    };
    door.connect(theirs);
    ours.send('request', { id, method, params });
    return undefined;
  }
}

function pieceOf(data: unknown): { readonly part: string; readonly more: boolean } | null {
  if (typeof data !== 'object' || data === null || !('part' in data)) return null;
  return { part: String(data.part), more: 'more' in data && data.more === true };
}
