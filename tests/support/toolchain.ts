import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Whether all these programs are on PATH. A test that is skipped for one that is not names it: `test.skipIf(!hasPrograms('go'))('… (needs go)')`. */
export function hasPrograms(...names: readonly string[]): boolean {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return names.every((name) => folders.some((folder) => canRun(join(folder, name))));
}

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
