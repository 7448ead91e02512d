import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createRequire } from 'node:module';
import { AndonError, Settings } from '@andon/protocol';
import { retentionOf } from './core/hosts/incident-retention.ts';
import { type ConfigurationContents } from './ports/index.ts';
import { builtInTypes } from './shell/built-in-types.ts';
import { Daemon } from './shell/daemon.ts';
import { acquireLock } from './shell/lock.ts';
import { createLog } from './shell/log.ts';
import { type Places, preparePlaces, resolvePlaces } from './shell/places.ts';
import { ConfigurationDirectory } from './shell/posix/configuration-directory.ts';
import { PosixEventHandles } from './shell/posix/event-handles.ts';
import { PosixProcesses } from './shell/posix/processes.ts';
import { openControlSockets, openHostSocket } from './shell/posix/sockets.ts';
import { systemd } from './shell/posix/systemd.ts';
import { IncidentFolder } from './shell/store/incident-folder.ts';
import { LiveSettings } from './shell/settings.ts';
import { SqliteStore } from './shell/store/sqlite-store.ts';
import { UnsavedFile } from './shell/store/unsaved-file.ts';
import { SystemClock } from './shell/system-clock.ts';
import { SystemRandom } from './shell/system-random.ts';

const VERSION = String(createRequire(import.meta.url)('../package.json').version);

const HELP = `andond ${VERSION}: the daemon of andon, the resource monitor

Usually started by "andon up" or by the service manager. It takes no arguments.

Environment:
  ANDON_RUNTIME_DIR        sockets and pipes        (/run/andon, or $XDG_RUNTIME_DIR/andon)
  ANDON_STATE_DIR          store and logs           (/var/lib/andon, or ~/.local/state/andon)
  ANDON_CONFIG_DIR         configuration            (/etc/andon, or ~/.config/andon)
  ANDON_ORPHAN_PERIOD_MS   wins over orphan-period-ms of andon.toml
  ANDON_LOG_LEVEL          wins over log-level of andon.toml

Signals: SIGHUP reads the configuration directory again. SIGTERM and SIGINT take all resources offline in order; a second one ends at once and leaves them running.
`;

async function main(): Promise<void> {
  if (process.argv.includes('--help')) return print(HELP);
  if (process.argv.includes('--version')) return print(`${VERSION}\n`);
  if (process.platform === 'win32')
    throw new AndonError('notSupported', { what: 'The daemon', platform: 'Windows', hint: 'Run it on Linux.' });
  const places = resolvePlaces();
  preparePlaces(places);
  const lock = acquireLock(places);
  await run(places, () => lock.release());
}

async function run(places: Places, release: () => void): Promise<void> {
  refuseBadOrphanPeriod();
  const clock = new SystemClock();
  const files = new ConfigurationDirectory(places.configDir);
  const contents = await readConfiguration(files);
  const settings = new LiveSettings(contents instanceof AndonError ? Settings.parse({}) : contents.settings, process.env);
  const log = createLog(places.daemonLog, undefined, settings.current.daemon['log-level']);
  const store = new SqliteStore(places.store, clock);
  const incidents = new IncidentFolder({
    directory: places.incidents,
    retention: retentionOf(settings.current.incidents),
    clock,
    log,
    version: VERSION,
  });
  const servers: { close(): void }[] = [];
  const serviceManager = systemd(clock, log);
  const daemon = new Daemon({
    clock,
    random: new SystemRandom(),
    log,
    store,
    unsaved: new UnsavedFile(places.unsaved, log),
    serviceManager,
    incidents,
    processes: new PosixProcesses({ clock, log, hostLogs: places.hostLogs }),
    eventHandles: new PosixEventHandles(places.eventHandlesDir),
    facts: {
      version: VERSION,
      pid: process.pid,
      scope: places.scope,
      runtimeDir: places.runtimeDir,
      stateDir: places.stateDir,
      storePath: places.store,
      startedAtWallMs: Date.now(),
      serviceManager: serviceManager.kind,
      hostLog: (hostId) => join(places.hostLogs, `${hostId}.log`),
      applicationLog: (resource) => join(places.applicationLogs, `${resource}.log`),
    },
    environment: {
      hostSocket: places.hostSocket,
      stateDir: places.stateDir,
      logPath: (hostId) => join(places.hostLogs, `${hostId}.log`),
      base: inheritedEnvironment(),
    },
    builtInTypes: builtInTypes(),
    startingHosts: 2 * availableParallelism(),
    settings,
    files,
    ended: (exitCode) => {
      for (const server of servers) server.close();
      store.close();
      release();
      process.exit(exitCode);
    },
  });
  settings.follow(({ daemon: { 'log-level': level }, events, incidents: kept }) => {
    log.level = level;
    store.keepEvents(events);
    incidents.retain(retentionOf(kept));
  });
  daemon.load();
  await daemon.adopt();
  daemon.configure(contents);
  const doors = { places, daemon, settings: settings.current.daemon, log };
  servers.push(await openHostSocket(doors));
  daemon.begin();
  servers.push(...(await openControlSockets(doors)));
  handleSignals(daemon);
  daemon.ready();
  log.info({ pid: process.pid, runtimeDir: places.runtimeDir }, 'ready');
}

function handleSignals(daemon: Daemon): void {
  let isEnding = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (isEnding) return daemon.leave();
      isEnding = true;
      return daemon.stop(`received ${signal}`, { leaveResources: false, restart: false });
    });
  }
  // Also what a terminal says that goes away: it takes nothing with it.
  process.on('SIGHUP', () => daemon.reload());
  process.on('uncaughtException', (error) => daemon.trouble(error));
  process.on('unhandledRejection', (error) => daemon.trouble(error));
}

/** Hosts inherit the daemon's environment without what is the daemon's own. */
function inheritedEnvironment(): Record<string, string> {
  const own =
    /^(ANDON_|NODE_OPTIONS$|NODE_COMPILE_CACHE$|NOTIFY_SOCKET$|WATCHDOG_|JOURNAL_STREAM$|INVOCATION_ID$|SYSTEMD_EXEC_PID$|(RUNTIME|STATE|CONFIGURATION)_DIRECTORY$)/;
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined || own.test(name) ? [] : [[name, value]])),
  );
}

/** Files with a mistake are told once there is somebody to tell, and do not keep the daemon from its resources. */
async function readConfiguration(files: ConfigurationDirectory): Promise<ConfigurationContents | AndonError> {
  try {
    return await files.read();
  } catch (error) {
    if (error instanceof AndonError) return error;
    return new AndonError(
      'internal',
      { detail: error instanceof Error ? (error.stack ?? error.message) : String(error) },
      { cause: error },
    );
  }
}

function refuseBadOrphanPeriod(): void {
  const text = process.env['ANDON_ORPHAN_PERIOD_MS'];
  if (text === undefined || text === '' || /^\d{1,10}$/.test(text)) return;
  throw new AndonError('badConfiguration', {
    file: 'ANDON_ORPHAN_PERIOD_MS',
    detail: `"${text}" is no number of milliseconds`,
    hint: 'Give a whole number; 0 = for ever.',
  });
}

function print(text: string): void {
  process.stdout.write(text);
}

main().catch((error: unknown) => {
  if (error instanceof AndonError) process.stderr.write(`andond: ${error.message}\n${error.remedy}\n`);
  else process.stderr.write(`andond: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(error instanceof AndonError ? error.exit : 70);
});
