import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf, reasonOf } from '../failure.ts';
import { plural } from '../terminal/output.ts';
import { type Check, fail, ok, type Patient, quoted, warn } from './check.ts';
import { modeOf } from './directories.ts';

const FOLDERS = ['', 'types.d', 'resources.d'];
const WRITABLE_BY_OTHERS = 0o022;

/** Whether the files that the daemon reads are there to be read, and each is good by itself; whether they fit together is seen when they are applied. */
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
    if (((await stat(file)).mode & WRITABLE_BY_OTHERS) !== 0)
      return [fail(name, `${file} can be written by others, and says what the daemon runs`, `chmod go-w ${quoted(file)}`)];
  }
  const mistake = await mistakeIn(configDir);
  if (mistake !== null) return [fail(name, mistake, 'Mend it, then see what it would do: andon reload --dry-run')];
  return [
    ok(name, files.length === 0 ? `none in ${configDir}` : `${plural(files.length, 'file')} in ${configDir}, each without a mistake`),
  ];
}

/** The first one with its place, as the daemon would tell it. */
async function mistakeIn(configDir: string): Promise<string | null> {
  const { Manifests, readFolder, readSettings } = await import('@andon/protocol/manifest');
  try {
    const folder = await readFolder(configDir, { loose: false });
    readSettings(folder?.settings ?? null);
    // Checks them all.
    void new Manifests(folder?.manifests ?? []);
    return null;
  } catch (error) {
    return reasonOf(error);
  }
}
