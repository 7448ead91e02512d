import type { Resource } from '../../resource.ts';
import { messageOf } from '../../operation.ts';
import { sharedExitWatch } from '../shared/exit-watch/exit-watch.ts';
import { isRunning, type ProcessIdentity } from '../shared/identity.ts';
import { killTree, survivorsOf } from '../shared/process-tree.ts';
import { adoptedProcess } from '../shared/running-process.ts';
import { waitForExit } from '../shared/stop.ts';
import { awaitProcess, findProcess, type Found } from './find.ts';
import type { ProcessProperties } from './properties.ts';

export type ProcessResource = Resource<ProcessProperties, WatchedProcess>;

/** A process that somebody else has started. */
export class WatchedProcess {
  #found: Found | undefined;
  #stopWatching: (() => void) | undefined;
  /** What it left behind when it exited; of interest only if it is ours to end. */
  #survivors: Promise<readonly ProcessIdentity[]> = Promise.resolve([]);

  /** Whether it runs, as far as can be said at once. */
  async find(properties: ProcessProperties, signal: AbortSignal): Promise<boolean> {
    this.#found = await findProcess(properties, signal).catch(() => undefined);
    return this.#found !== undefined;
  }

  async online(resource: ProcessResource): Promise<void> {
    const { properties, signal, fail } = resource;
    const onTrouble = (trouble: unknown): void => void resource.statusReport({ text: messageOf(trouble) });
    const found = await awaitProcess(properties, signal, onTrouble);
    const exits = await sharedExitWatch();
    signal.throwIfAborted();
    this.#leave();
    const { identity, name } = found;
    this.#found = found;
    this.#survivors = Promise.resolve([]);
    this.#stopWatching = exits.watch(identity, () => {
      fail(`pid ${identity.pid} (${name}) has exited`);
      if (properties.stop) this.#survivors = survivorsOf(identity);
    });
    resource.setProperties({ statusText: `pid ${identity.pid} (${name})` });
  }

  async offline(resource: ProcessResource): Promise<void> {
    if (resource.properties.stop && this.#found && isRunning(this.#found.identity)) {
      await waitForExit(await adoptedProcess(this.#found.identity), resource);
    }
    await this.terminate(resource);
  }

  /** The process goes on, unless it is ours to end: then nothing of it runs afterwards. */
  async terminate({ properties, setProperties }: Pick<ProcessResource, 'properties' | 'setProperties'>): Promise<void> {
    this.#leave();
    if (properties.stop && this.#found) await killTree({ main: this.#found.identity, known: await this.#survivors });
    this.#found = undefined;
    setProperties({ statusText: '' });
  }

  isAlive(): boolean {
    return this.#found !== undefined && isRunning(this.#found.identity);
  }

  #leave(): void {
    this.#stopWatching?.();
    this.#stopWatching = undefined;
  }
}
