import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** How one test ended. `broken`: it failed for another reason than what it looks at, so it says nothing. */
export type Verdict =
  | { readonly kind: 'green' }
  | { readonly kind: 'red'; readonly why: string }
  | { readonly kind: 'broken'; readonly why: string };

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** A daemon that does not even start notices nothing. */
const NOT_A_VERDICT = /andond exited with|SyntaxError|Cannot find module|is not exported|is not defined/;

/** Runs these tests of one file of the copy, by their whole titles, and tells how each ended. */
export async function runTests(
  folder: string,
  file: string,
  titles: readonly string[],
  interrupted: AbortSignal,
): Promise<ReadonlyMap<string, Verdict>> {
  const outputFile = join(folder, 'prove-report.json');
  rmSync(outputFile, { force: true });
  const pattern = `^(${titles.map(escaped).join('|')})$`;
  const args = ['run', file, '-t', pattern, '--reporter=json', `--outputFile=${outputFile}`];
  const env = { ...process.env, ANDON_TEST_LIMIT_MS: '5000', ANDON_SIMULATED_SEEDS: '40' };
  const vitest = spawn(process.execPath, [join(folder, 'node_modules/vitest/vitest.mjs'), ...args], {
    cwd: folder,
    env,
    stdio: 'ignore',
  });
  // Lets the test that runs end its daemon.
  const interrupt = (): boolean => vitest.kill('SIGINT');
  interrupted.addEventListener('abort', interrupt);
  await once(vitest, 'exit');
  interrupted.removeEventListener('abort', interrupt);
  interrupted.throwIfAborted();
  if (!existsSync(outputFile)) return new Map(titles.map((title) => [title, { kind: 'broken', why: 'vitest wrote no report' }]));
  const report: Report = JSON.parse(readFileSync(outputFile, 'utf8'));
  return new Map(titles.map((title) => [title, verdict(report, title)]));
}

function verdict({ testResults }: Report, title: string): Verdict {
  const result = testResults.flatMap(({ assertionResults }) => assertionResults).find(({ fullName }) => fullName.trim() === title);
  if (result?.status === 'passed') return { kind: 'green' };
  if (result?.status !== 'failed') {
    const message = testResults.map(({ message }) => message).find((text) => text !== '');
    return { kind: 'broken', why: firstLine(message ?? 'there is no such test') };
  }
  const text = result.failureMessages.join('\n');
  return NOT_A_VERDICT.test(text) ? { kind: 'broken', why: firstLine(text) } : { kind: 'red', why: firstLine(text) };
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').slice(0, 160);
}

function escaped(title: string): string {
  return title.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
}
