import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './temporary.ts';

const ROOT = join(import.meta.dirname, '../..');

/** The folder of an `andon` that is this checkout's. */
export function folderOfAndon(): string {
  const folder = temporaryFolder();
  const andon = `#!/bin/sh\nexec '${process.execPath}' '${join(ROOT, 'cli/bin/andon.js')}' "$@"\n`;
  writeFileSync(join(folder, 'andon'), andon, { mode: 0o755 });
  return folder;
}
