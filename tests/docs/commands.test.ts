import { describe, expect, test } from 'vitest';
import { allDocuments } from '../integration/docs/documents.ts';
import { isShown, normalised } from './output.ts';
import { type CommandStep, readPage } from './page.ts';
import { PageShell } from './page-shell.ts';
import { withEndOf } from '../support/at-end.ts';

const PAGE_LIMIT_MS = 180_000;

const pages = allDocuments()
  .filter((name) => /^(README\.md$|docs\/|examples\/)/.test(name))
  .map((name) => readPage(name))
  .map((page) => ({ ...page, blocks: page.steps.filter((step) => step.kind === 'commands') }))
  .map((page) => ({ ...page, run: page.blocks.filter(({ notRun }) => notRun === null).length }))
  .map((page) => ({ ...page, notRun: page.blocks.length - page.run }));

describe('the commands of', () => {
  // Most of the time of a page is waiting.
  test.concurrent.for(pages.filter(({ blocks }) => blocks.length > 0))(
    '$name do what the page says: $run blocks run, $notRun not run',
    { timeout: PAGE_LIMIT_MS },
    ({ name, steps }, context) =>
      withEndOf(context, async () => {
        const shell = new PageShell();
        for (const step of steps) {
          if (step.kind === 'file') shell.save(step);
          else if (step.notRun === null) await follow(shell, step, `${name}:${step.line}`);
        }
      }),
  );
});

async function follow(shell: PageShell, step: CommandStep, place: string): Promise<void> {
  const { code, output, failed } = await shell.run(step);
  expect(code, `${place}: ${failed || step.text}\n${output}`).toBe(step.exitCode);
  if (step.output === null) return;
  const [shown, printed] = [normalised(step.output), normalised(output, shell.home)];
  expect(isShown(shown, printed) ? shown : printed, `${place} shows what the commands print`).toBe(shown);
}

test('no page has a mark or a block that cannot be read', () => {
  expect(pages.flatMap(({ problems }) => problems)).toEqual([]);
});

test('what is not run says why', () => {
  const unexplained = pages.flatMap(({ name, blocks }) =>
    blocks.filter(({ notRun }) => notRun !== null && notRun.split(' ').length < 3).map(({ line }) => `${name}:${line}`),
  );

  expect(unexplained).toEqual([]);
  expect(pages.reduce((sum, { run }) => sum + run, 0)).toBeGreaterThan(7);
});
