import type { Resource } from '../../resource.ts';
import type { Alive } from '../../definition.ts';
import { messageOf } from '../../operation.ts';
import { waitWithReports } from '../shared/waiting.ts';
import { managerOf } from './manager.ts';
import { type UnitProperties, unitNameOf } from './properties.ts';
import { stateWords, Unit, type UnitState } from './unit.ts';

export type UnitResource = Resource<UnitProperties, ManagedUnit>;
type Facts = Pick<UnitResource, 'properties' | 'signal' | 'statusReport'>;

/** One unit that a resource stands for. */
export class ManagedUnit {
  #stopWatching = (): void => {};

  async isActive(properties: UnitProperties): Promise<boolean> {
    return isRunning(await (await unitOf(properties)).state());
  }

  async online(resource: UnitResource): Promise<void> {
    const { properties, log } = resource;
    this.#stopWatching();
    const unit = await unitOf(properties);
    const before = await unit.state();
    if (before.load !== 'loaded')
      throw new Error(`unit ${unit.name} is ${before.load}${before.loadError === '' ? '' : `: ${before.loadError}`}`);
    if (isRunning(before)) log('info', `${unit.name} is active already, and taken over as it is`);
    else await this.#start(unit, resource);
    await this.#watch(unit, resource);
  }

  async offline({ properties, signal, statusReport }: Facts): Promise<void> {
    this.#stopWatching();
    if (!properties.stop) return;
    const unit = await unitOf(properties);
    if (isAtRest(await unit.state())) return;
    const result = await waitWithReports(
      { signal, statusReport },
      {
        wanted: unit.stop(signal),
        timeoutMs: properties.stopTimeoutMs,
        text: (left) => `waiting for ${unit.name} to stop; ${left} s left`,
      },
    );
    const after = await unit.state();
    if (!isAtRest(after))
      throw new Error(`stop of ${unit.name}: ${result}; it is ${stateWords(after)}; see: systemctl status ${unit.name}`);
    await unit.resetFailed();
  }

  /** Kills all of its processes, and keeps the manager from starting it again. */
  async terminate({ properties, signal }: Pick<Facts, 'properties' | 'signal'>): Promise<void> {
    this.#stopWatching();
    if (!properties.stop) return;
    const unit = await unitOf(properties);
    if (!isAtRest(await unit.state())) {
      await Promise.all([unit.stop(signal), unit.kill()]);
    }
    await unit.resetFailed();
  }

  async isAlive({ properties, signal }: Pick<Facts, 'properties' | 'signal'>): Promise<Alive> {
    try {
      const unit = await unitOf(properties);
      const state = await unit.state();
      return isRunning(state) ? true : { alive: false, reason: `${unit.name} is ${stateWords(state)}` };
    } catch (error) {
      signal.throwIfAborted();
      return { alive: false, reason: messageOf(error) };
    }
  }

  async #start(unit: Unit, { properties, signal, statusReport }: UnitResource): Promise<void> {
    await unit.resetFailed();
    const result = await waitWithReports(
      { signal, statusReport },
      {
        wanted: unit.start(signal),
        timeoutMs: properties.startTimeoutMs,
        text: (left) => `waiting for ${unit.name} to become active; ${left} s left`,
      },
    );
    const after = await unit.state();
    if (isRunning(after)) return;
    const hint = after.active === 'inactive' && result === 'done' ? '; a oneshot service stays active with RemainAfterExit=yes' : '';
    throw new Error(`start of ${unit.name}: ${result}; it is ${stateWords(after)}${hint}; see: journalctl -u ${unit.name}`);
  }

  async #watch(unit: Unit, { properties, fail, setProperties, signal }: UnitResource): Promise<void> {
    const look = async (trouble: string | undefined): Promise<void> => {
      const state = trouble === undefined ? await unit.state() : undefined;
      if (signal.aborted) return;
      const problem = trouble ?? (state && problemOf(state, properties));
      if (problem !== undefined) {
        this.#stopWatching();
        return fail(`${unit.name}: ${problem}`);
      }
      if (state) setProperties({ statusText: textOf(state) });
    };
    // A manager that cannot be asked tells so by its connection.
    const changed = (trouble: string | undefined): void => void look(trouble).catch(() => undefined);
    this.#stopWatching = unit.watch(changed);
    // It may have happened since it was last looked at.
    await look(undefined);
  }
}

function unitOf(properties: UnitProperties): Promise<Unit> {
  return Unit.load(unitNameOf(properties), managerOf(properties.manager));
}

function isRunning({ active }: UnitState): boolean {
  return active === 'active' || active === 'reloading' || active === 'refreshing';
}

function isAtRest({ active, hasJob }: UnitState): boolean {
  return (active === 'inactive' || active === 'failed') && !hasJob;
}

/** What is wrong with a unit that is to be active. */
function problemOf(state: UnitState, { onUnitRestart }: UnitProperties): string | undefined {
  if (isRunning(state)) return undefined;
  const isComingBack = state.active !== 'failed' && (!isAtRest(state) || state.sub.startsWith('auto-restart'));
  return isComingBack && onUnitRestart === 'tolerate' ? undefined : `it is ${stateWords(state)}`;
}

function textOf(state: UnitState): string {
  const pid = state.mainPid === 0 ? '' : `pid ${state.mainPid}`;
  return [isRunning(state) ? pid : stateWords(state), state.statusText].filter((text) => text !== '').join(': ');
}
