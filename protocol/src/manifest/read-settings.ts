import { Settings } from '../common/settings.ts';
import { parseToml } from './parse-toml.ts';
import { firstProblem } from './problems.ts';
import { complaint } from './read.ts';
import type { TextFile } from './text-file.ts';

/**
 * Reads `andon.toml`; null gives the defaults.
 *
 * @throws AndonError `badManifest`, with line and column
 */
export function readSettings(file: TextFile | null): Settings {
  if (file === null) return Settings.parse({});
  const checked = Settings.safeParse(parseToml(file));
  if (!checked.success) throw complaint(file, firstProblem(checked.error, Settings));
  return checked.data;
}
