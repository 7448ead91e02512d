import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atEndOfTest } from './at-end.ts';

/** A folder of this test's own, removed when the test is over. Short, because socket paths are. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'andon-'));
  atEndOfTest(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
