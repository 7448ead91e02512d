import type { Reporter, SerializedError, TestCase, TestModule } from 'vitest/node';

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

/** Ends a run with one line, `N passed, N failed, N skipped`, over all projects. A run in which nothing was tested fails. */
export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const tally: Tally = { passed: 0, failed: unhandled.length, skipped: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) tally[outcome(test)]++;
      // A file that cannot be loaded, or a hook that throws, has no test of its own to count.
      tally.failed += module.errors().length;
      for (const suite of module.children.allSuites()) tally.failed += suite.errors().length;
    }
    if (tally.passed + tally.failed === 0) process.exitCode = 1;
    // Other reporters may still print; this line is the last.
    process.once('exit', () => {
      process.stdout.write(`${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped\n`);
    });
  }
}

function outcome(test: TestCase): keyof Tally {
  const { state } = test.result();
  return state === 'pending' ? 'failed' : state;
}
