import type { CallFacts } from '../../../resource.ts';
import { waitWithReports } from '../waiting.ts';
import type { Network, NetworkView } from './network.ts';

/** State of a resource that the network is watched for. */
export interface Watching {
  stopWatching(): void;
}

export const NOT_WATCHING: Watching = { stopWatching: () => {} };

interface Expectation {
  /** What is wrong, in words; undefined when nothing is. */
  readonly problemOf: (view: NetworkView) => string | undefined;
  readonly timeoutMs: number;
}

/** Resolves when nothing is wrong with the network, as far as this is concerned. Rejects with what still is when the time is over. */
export async function untilWell(network: Network, facts: Pick<CallFacts, 'signal' | 'statusReport'>, expected: Expectation): Promise<void> {
  const { problemOf, timeoutMs } = expected;
  const { promise: wanted, resolve } = Promise.withResolvers<void>();
  const look = (view: NetworkView): void => {
    if (problemOf(view) === undefined) resolve();
  };
  const stop = network.listen(look);
  try {
    look(network.view);
    await waitWithReports(facts, { wanted, timeoutMs, text: (left) => `${problemOf(network.view) ?? ''}; ${left} s left` });
    const problem = problemOf(network.view);
    if (problem !== undefined) throw new Error(problem);
  } finally {
    stop();
  }
}

/** Calls back once with what is wrong as soon as something is. Answers how to stop watching. */
export function whenIll(network: Network, problemOf: Expectation['problemOf'], onProblem: (problem: string) => void): () => void {
  const look = (view: NetworkView): void => {
    const problem = problemOf(view);
    if (problem === undefined) return;
    stop();
    onProblem(problem);
  };
  const stop = network.listen(look);
  // It may have happened since it was last looked at.
  look(network.view);
  return stop;
}
