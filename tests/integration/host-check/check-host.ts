import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Report } from '../../../cli/src/host-check/kit.ts';
import { andon, type RunOptions, testFolder } from '../cli/run-andon.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const FIXTURES = fileURLToPath(new URL('fixtures/', import.meta.url));

export interface Checked {
  readonly code: number | null;
  readonly stderr: string;
  readonly report: Report;
  /** Folders of stages that are still there. */
  readonly leftovers: readonly string[];
}

/** The host of the fixture on the library for TypeScript. */
export function sleeper(): readonly string[] {
  return ['andon-resource-host', join(FIXTURES, 'sleeper.ts')];
}

/** A fixture that is run as it is. */
export function script(name: string): readonly string[] {
  return [process.execPath, join(ROOT, 'tests/fixtures/hosts', name)];
}

/** Runs the kit with --json; what is not JSON is no report. */
export async function checkHost(options: readonly string[], command: readonly string[], run: RunOptions = {}): Promise<Checked> {
  const folder = await testFolder();
  const { code, stdout, stderr } = await andon(['host', 'check', '--json', ...options, '--', ...command], folder, {
    ...run,
    env: { ...run.env, TMPDIR: folder },
  });
  const leftovers = readdirSync(folder).filter((name) => name.startsWith('andon-check-'));
  return { code, stderr, report: JSON.parse(stdout), leftovers };
}
