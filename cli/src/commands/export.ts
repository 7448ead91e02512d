import type { Command } from 'commander';
import { examples, type JsonOption, reads } from '../command.ts';
import { withDaemon } from '../connection/connect.ts';
import { note, plural, writeJson } from '../terminal/output.ts';

interface Options extends JsonOption {
  readonly dir?: string;
}

export function define(command: Command): void {
  reads(command)
    .option('--dir <folder>', 'write types.d and resources.d there, as a configuration directory has them')
    .action(exportConfiguration);
  examples(
    command,
    ['andon export > shop.toml', 'andon apply -f shop.toml brings it back'],
    ['andon export --dir /etc/andon', 'from now on files; take them over with: andon reload'],
    ['andon export --json', '{"types":[…],"groups":[…],"resources":[…],"online":[…]}'],
  );
}

async function exportConfiguration(options: Options, command: Command): Promise<void> {
  const configuration = await withDaemon(command, (client) => client.request('export', {}));
  const { manifestFiles, writeManifest } = await import('@andon/protocol/manifest');
  if (options.dir !== undefined) {
    const { writeFiles } = await import('../manifest/manifest-output.ts');
    const written = await writeFiles(options.dir, manifestFiles(configuration));
    if (options.json) writeJson({ directory: options.dir, files: written });
    else note(`wrote ${plural(written.length, 'file')} to ${options.dir}`);
    return;
  }
  if (options.json) writeJson(configuration);
  else process.stdout.write(writeManifest(configuration));
}
