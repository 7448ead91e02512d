import type { ResourceType } from './define.ts';
import { Host, type HostEnd } from './host.ts';
import { type HostEnvironment, takeHostEnvironment } from './host-environment.ts';

/** Exit codes of a host process, from sysexits.h. */
export const HOST_EXIT = { done: 0, usage: 64, unusableModule: 65, refused: 77 } as const;

/**
 * Serves `types` to the daemon that started this process, and ends the process when the daemon says so, on SIGTERM and
 * SIGINT, or when no daemon came for the orphan period; what is online in it is taken offline first. To be called once, as the
 * last act of a program; errors that nothing catches do not end the process from then on. Prints what it is for, and exits with
 * 64, when no daemon started it.
 */
export async function runHost(
  types: readonly ResourceType[],
  environment: HostEnvironment | undefined = takeHostEnvironment(),
): Promise<void> {
  if (!environment) exitWithoutDaemon(types);
  refuseDuplicates(types);
  const host = new Host(types, environment);
  process.on('uncaughtException', (error) => host.onStrayError(error));
  process.on('unhandledRejection', (error) => host.onStrayError(error));
  // The log file of a host may be full or gone; that is no reason to lose its resources.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => host.shutDown(signal));
  const end = await host.run();
  process.exit(EXIT_OF[end]);
}

const EXIT_OF: Readonly<Record<HostEnd, number>> = {
  shutdown: HOST_EXIT.done,
  orphaned: HOST_EXIT.done,
  refused: HOST_EXIT.refused,
};

function refuseDuplicates(types: readonly ResourceType[]): void {
  const names = types.map((type) => type.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new TypeError(`two types of this host are named "${twice}"`);
  if (names.length === 0) throw new TypeError('runHost was given no resource type');
}

function exitWithoutDaemon(types: readonly ResourceType[]): never {
  const names = types.map((type) => type.name).join(', ');
  process.stderr.write(
    `This is a resource host of andon, for: ${names}.\n` +
      'It is started by the andon daemon, which tells it in ANDON_SOCKET where to connect; by hand it has nothing to do.\n' +
      `Register it, then bring a resource online:\n` +
      `  andon type register --name ${types[0]?.name ?? 'T'} -- ${commandLine()}\n` +
      `  andon resource add my-first --type ${types[0]?.name ?? 'T'}\n` +
      `  andon online my-first\n`,
  );
  process.exit(HOST_EXIT.usage);
}

function commandLine(): string {
  const [, script = '', ...args] = process.argv;
  return script.includes('andon-resource-host') ? ['andon-resource-host', ...args].join(' ') : `node ${script}`;
}
