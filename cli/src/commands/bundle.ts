import type { Command } from 'commander';
import { acts, examples, finish, type JsonOption } from '../command.ts';
import { note, plural } from '../terminal/output.ts';
import type { PlaceFlags } from '../connection/places.ts';

interface Options extends JsonOption {
  readonly output?: string;
  readonly force?: boolean;
}

export function define(command: Command): void {
  acts(command)
    .option('-o, --output <file>', 'where to (default: andon-bundle-HOST-TIME.tar.gz, here)')
    .option('--force', 'overwrite the file if it exists')
    .action(bundle);
  examples(
    command,
    ['andon bundle', 'logs, events, states, incidents and versions, without secrets'],
    ['andon bundle -o /tmp/andon.tar.gz --json', '{"ok":true,"path","bytes","entries":[…],"leftOut":{"values","replaced"},"warnings":[…]}'],
  );
}

async function bundle(options: Options, command: Command): Promise<void> {
  const [{ makeBundle }, { progressLine }, { resolve }] = await Promise.all([
    import('../bundle/bundle.ts'),
    import('../terminal/progress.ts'),
    import('node:path'),
  ]);
  const path = resolve(options.output ?? (await usualName()));
  const progress = progressLine();
  const made = await makeBundle({
    path,
    isForced: options.force === true,
    flags: command.optsWithGlobals<PlaceFlags>(),
    progress,
  }).finally(() => progress.clear());
  for (const warning of made.warnings) note(`warning: ${warning}`);
  const { bytes, entries, leftOut } = made;
  const logs = entries.filter(({ name }) => name.startsWith('logs/')).length;
  const incidents = entries.filter(({ name }) => name.startsWith('incidents/')).length;
  finish(
    options,
    { path, ...made },
    `wrote ${path}: ${Math.ceil(bytes / 1024)} KiB, ${plural(entries.length, 'file')} (${plural(logs, 'log')}, ${plural(incidents, 'incident')})`,
    `${plural(leftOut.values, 'secret')} left out, replaced ${plural(leftOut.replaced, 'time')} elsewhere; README.txt in it says what is inside. Read the logs before you send it to strangers.`,
  );
}

async function usualName(): Promise<string> {
  const { hostname } = await import('node:os');
  const time = new Date().toISOString().slice(0, 19).replace(/[-:]/g, '');
  return `andon-bundle-${hostname().replace(/[^A-Za-z0-9.-]/g, '_')}-${time}.tar.gz`;
}
