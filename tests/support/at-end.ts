import { AsyncLocalStorage } from 'node:async_hooks';
import { onTestFinished, type TestContext, test } from 'vitest';

const running = new AsyncLocalStorage<TestContext>();

/** Does it when this test is over. Unlike vitest's own `onTestFinished` it knows which one that is where several run at once. */
export function atEndOfTest(act: () => unknown): void {
  const context = running.getStore();
  const finish = async (): Promise<void> => void (await act());
  if (context) context.onTestFinished(finish);
  else onTestFinished(finish);
}

export function withEndOf<Outcome>(context: TestContext, act: () => Outcome): Outcome {
  return running.run(context, act);
}

type Act = (context: TestContext) => Promise<void>;
type Arguments = readonly [Act] | readonly [options: { readonly timeout: number }, act: Act];

/** A test that mostly waits for times of the product's own. Those of one file run at once, so each needs a daemon and a folder of its own. */
export function waitingTest(name: string, ...words: Arguments): void {
  const [options, act] = words.length === 1 ? [{}, words[0]] : words;
  test.concurrent(name, options, (context) => withEndOf(context, () => act(context)));
}
