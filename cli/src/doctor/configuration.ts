import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { errnoOf, reasonOf } from '../failure.ts';
import { plural } from '../output.ts';
import { type Check, fail, ok, type Patient, quoted, warn } from './check.ts';
import { modeOf } from './directories.ts';

const FOLDERS = ['', 'types.d', 'resources.d'];
const WRITABLE_BY_OTHERS = 0o022;

/** Whether the files that the daemon reads are there to be read and are TOML at all; what they mean is checked when they are applied. */
export async function configurationCheck({ configDir }: Patient): Promise<readonly Check[]> {
  const name = 'configuration files';
  const files: string[] = [];
  for (const folder of FOLDERS.map((one) => join(configDir, one))) {
    try {
      const found = await stat(folder);
      if ((found.mode & WRITABLE_BY_OTHERS) !== 0) {
        return [
          fail(
            name,
            `${folder} (mode ${modeOf(found)}) can be written by others, and says what the daemon runs`,
            `chmod go-w ${quoted(folder)}`,
          ),
        ];
      }
      files.push(...(await readdir(folder)).filter((file) => file.endsWith('.toml')).map((file) => join(folder, file)));
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') return [warn(name, `${folder}: ${reasonOf(error)}`, `ls -ld ${quoted(folder)}`)];
    }
  }
  for (const file of files) {
    const problem = await problemOf(file);
    if (problem !== null) return [problem];
  }
  return [ok(name, files.length === 0 ? `none in ${configDir}` : `${plural(files.length, 'file')} in ${configDir}, all of them TOML`)];

  async function problemOf(file: string): Promise<Check | null> {
    try {
      if (((await stat(file)).mode & WRITABLE_BY_OTHERS) !== 0)
        return fail(name, `${file} can be written by others, and says what the daemon runs`, `chmod go-w ${quoted(file)}`);
      parse(await readFile(file, 'utf8'));
      return null;
    } catch (error) {
      const reason = reasonOf(error).split('\n')[0] ?? '';
      return fail(name, `${file}: ${reason}`, `Mend it, then see what it would do: andon apply -f ${quoted(file)} --dry-run`);
    }
  }
}
