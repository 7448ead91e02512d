import fc from 'fast-check';
import { Coverage } from './coverage.ts';
import type { FuzzTarget } from './target.ts';

const BATCH = 500;

export interface Failure {
  readonly input: Uint8Array;
  readonly error: unknown;
  readonly seed: number;
}
export interface Outcome {
  readonly inputs: number;
  readonly seconds: number;
  readonly known: readonly Uint8Array[];
  readonly blocks: number;
  /** Growth of the heap over the campaign, after a collection, in bytes; NaN without --expose-gc. */
  readonly heapGrowth: number;
  readonly failure: Failure | undefined;
}
export interface Limits {
  readonly seed: number;
  readonly inputs: number;
  readonly seconds: number;
}

/** Batch after batch of fresh inputs until one fails or a limit is reached. What reaches new code is mutated further. */
export async function campaign(target: FuzzTarget, start: readonly Uint8Array[], limits: Limits): Promise<Outcome> {
  const known = [...start];
  const coverage = target.guidedBy ? new Coverage(target.guidedBy) : undefined;
  const began = performance.now();
  const seconds = (): number => (performance.now() - began) / 1000;
  let inputs = 0;
  let heapAtFirst = Number.NaN;
  let failure: Failure | undefined;
  try {
    for (let batch = 0; !failure && inputs < limits.inputs && seconds() < limits.seconds; batch++) {
      const seed = (limits.seed + batch) | 0;
      const run = await runBatch(target, known, seed, Math.min(BATCH, limits.inputs - inputs));
      inputs += run.inputs.length;
      failure = run.failure;
      if (coverage && !failure) known.push(...(await thoseThatReachNewCode(target, coverage, run.inputs)));
      // The first batches fill caches that stay.
      if (batch === 3) heapAtFirst = heapUsed();
    }
  } finally {
    coverage?.close();
  }
  return { inputs, seconds: seconds(), known, blocks: coverage?.blocks ?? 0, heapGrowth: heapUsed() - heapAtFirst, failure };
}

interface Batch {
  readonly inputs: readonly Uint8Array[];
  readonly failure: Failure | undefined;
}

async function runBatch(target: FuzzTarget, known: readonly Uint8Array[], seed: number, numRuns: number): Promise<Batch> {
  const inputs: Uint8Array[] = [];
  const property = fc.asyncProperty(target.arbitrary(known), async (input) => {
    inputs.push(input);
    const checked = target.check(input);
    if (checked) await checked;
  });
  const { failed, counterexample, errorInstance } = await fc.check(property, { seed, numRuns });
  const [input] = counterexample ?? [];
  return { inputs, failure: failed && input ? { input, error: errorInstance, seed } : undefined };
}

/** Most batches run no new block; only then are their inputs run again, one by one, to see which of them did it. */
async function thoseThatReachNewCode(target: FuzzTarget, coverage: Coverage, inputs: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const missing = coverage.unseen();
  const reaching: Uint8Array[] = [];
  for (const input of missing.size > 0 ? inputs : []) {
    await target.check(input);
    const reached = coverage.unseen();
    if (reached.size > 0) reaching.push(input);
    coverage.add(reached);
  }
  // What depends on more than the input, such as code that runs once, is not looked for again.
  coverage.add(missing);
  return reaching;
}

function heapUsed(): number {
  globalThis.gc?.();
  return globalThis.gc ? process.memoryUsage().heapUsed : Number.NaN;
}
