import type { Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AndonError, Configuration } from '@andon/protocol';
import { type HostTools, Manifests, readFolder, readSettings } from '@andon/protocol/manifest';
import type { ConfigurationContents, ConfigurationFiles } from '../../ports/index.ts';
import { lookUpUser } from './users.ts';

const GROUP_OR_WORLD_WRITABLE = 0o022;

const HOST_TOOLS: HostTools = {
  moduleRunner: () =>
    join(dirname(fileURLToPath(import.meta.resolve('@andon/resource-host/package.json'))), 'bin', 'andon-resource-host.js'),
  // Only root can be somebody else.
  idsOf: async (user) => (process.getuid?.() === 0 ? lookUpUser(user) : { uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 }),
};

/** `andon.toml`, `types.d` and `resources.d`. Absent is the same as empty. */
export class ConfigurationDirectory implements ConfigurationFiles {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  async read(): Promise<ConfigurationContents> {
    const guard = process.getuid?.() === 0 ? refuseWritableByOthers : undefined;
    const folder = await readFolder(this.directory, { loose: false, ...(guard ? { guard } : {}) });
    const settings = readSettings(folder?.settings ?? null);
    const manifests = new Manifests(folder?.manifests ?? []);
    const { prepared, warnings } = await manifests.prepare(HOST_TOOLS);
    const unread = (folder?.unread ?? []).map((path) => `${path} is not read; move it into types.d or resources.d.`);
    return {
      exists: folder !== null,
      settings,
      configuration: Configuration.parse(prepared),
      sources: manifests.sources(),
      warnings: [...unread, ...warnings],
      place: (subject) => manifests.place(subject),
    };
  }
}

/** The daemon of root starts what these files say, so whoever may write to one is root. */
function refuseWritableByOthers(path: string, { mode, uid }: Stats): void {
  if (uid !== 0) {
    const detail = `belongs to user ${uid}, and a command in it would run as root`;
    throw new AndonError('badConfiguration', { file: path, detail, hint: `Run: chown root ${path}` });
  }
  if ((mode & GROUP_OR_WORLD_WRITABLE) === 0) return;
  const octal = (mode & 0o7777).toString(8).padStart(4, '0');
  const detail = `others may write to it (mode ${octal}), and a command in it would run as root`;
  throw new AndonError('badConfiguration', { file: path, detail, hint: `Run: chmod go-w ${path}` });
}
