import { ADAPTERS, ALLOWED_CASTS, LONG_TABLES, MANIFEST_COMMANDS, MAY_EXIT } from './allowed.ts';
import { exactPins, installScripts, lockedIntegrity, NODE_IPC_INTEGRITY } from './packages.ts';
import type { Import, SourceFile } from './source-file.ts';
import { importCycles, target } from './tree.ts';

export interface Rule {
  readonly name: string;
  readonly reason: string;
  /** What breaks the rule, one line each, beginning with the path. */
  readonly find: (files: readonly SourceFile[]) => string[];
  /** Files that break it, each by itself unless they stand together in one record. */
  readonly planted: readonly Readonly<Record<string, string>>[];
}

const MAX_LINES = 300;
/** A date made of a given time is arithmetic; one made of nothing reads the clock. */
const CLOCK = [
  'Date.now',
  'new Date()',
  'performance',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'process.nextTick',
  'process.hrtime',
];
const CHANCE = ['Math.random', 'crypto'];
const MACHINE = /^(node:(child_process|fs|net|dgram|sqlite|crypto|timers|worker_threads|ffi)(\/|$)|@andon\/protocol\/manifest$)/;

const within =
  (...folders: string[]) =>
  (file: SourceFile) =>
    folders.some((folder) => file.path.startsWith(folder));

/** One finding for each import in these files that `allowed` refuses. */
function imports(applies: (file: SourceFile) => boolean, allowed: (one: Import, file: SourceFile) => boolean): Rule['find'] {
  return (files) =>
    files
      .filter(applies)
      .flatMap((file) => file.imports.filter((one) => !allowed(one, file)).map(({ specifier }) => `${file.path} imports ${specifier}`));
}

/** One finding for each of these words that the files mention. */
function mentions(applies: (file: SourceFile) => boolean, words: readonly string[]): Rule['find'] {
  return (files) =>
    files
      .filter(applies)
      .flatMap((file) => words.filter((word) => file.mentions.includes(word)).map((word) => `${file.path} uses ${word}`));
}

const staysIn = (folder: string) => (one: Import, file: SourceFile) => target(file, one.specifier)?.startsWith(folder) ?? false;
const inDaemonOutsideAdapters = (file: SourceFile) => file.path.startsWith('daemon/src/') && !within(...ADAPTERS)(file);

export const RULES: readonly Rule[] = [
  {
    name: 'the vocabulary imports zod and itself only',
    reason: 'it is used in every process, and must load where there is no Node',
    find: imports(within('protocol/src/common/'), (one, file) => one.specifier === 'zod' || staysIn('protocol/src/common/')(one, file)),
    planted: [
      { 'protocol/src/common/x.ts': "import { join } from 'node:path';" },
      { 'protocol/src/common/x.ts': "export * from '../node/client.ts';" },
      { 'protocol/src/common/x.ts': "const x = await import('pino');" },
    ],
  },
  {
    name: 'node-ipc is imported by the transport only',
    reason: 'its defaults are dangerous and its maker was compromised twice: one place to guard, one to replace',
    find: imports(
      (file) => !file.path.startsWith('protocol/src/node/'),
      ({ specifier }) => !/^node-ipc(\/|$)/.test(specifier),
    ),
    planted: [
      { 'daemon/src/shell/x.ts': "import { IPCModule } from 'node-ipc';" },
      { 'protocol/src/common/x.ts': "export * from 'node-ipc/x.js';" },
    ],
  },
  {
    name: 'TOML is read and written by the manifest reader only',
    reason: 'apply, reload and export must agree on every byte, so there is one reader for the command line and the daemon',
    find: imports(
      (file) => !file.path.startsWith('protocol/src/manifest/'),
      ({ specifier }) => !/^smol-toml(\/|$)/.test(specifier),
    ),
    planted: [{ 'cli/src/x.ts': "import { parse } from 'smol-toml';" }, { 'daemon/src/shell/posix/x.ts': "import 'smol-toml';" }],
  },
  {
    name: 'a command loads the manifest reader when it reads one',
    reason: 'TOML and zod take longer to load than most commands take to run',
    find: imports(
      (file) => file.path.startsWith('cli/src/') && !MANIFEST_COMMANDS.includes(file.path),
      ({ specifier, typeOnly, lazy }) => typeOnly || lazy || !/^@andon\/protocol\/manifest$|\/manifest-input\.ts$/.test(specifier),
    ),
    planted: [
      { 'cli/src/commands/x.ts': "import { readManifest } from '@andon/protocol/manifest';" },
      { 'cli/src/commands/x.ts': "import { openManifests } from '../manifest-input.ts';" },
    ],
  },
  {
    name: 'daemon, resource-host and cli meet on the wire only',
    reason: 'a host in TypeScript has no advantage over one in another language',
    find: imports(within('daemon/src/', 'resource-host/src/', 'cli/src/', 'protocol/src/'), ({ specifier }, file) => {
      const [workspace = ''] = file.path.split('/');
      const path = target({ ...file }, specifier);
      if (path) return path.startsWith(`${workspace}/`);
      return !specifier.startsWith('@andon/') || /^@andon\/protocol(\/|$)/.test(specifier);
    }),
    planted: [
      { 'cli/src/x.ts': "import type { X } from '@andon/daemon';" },
      { 'daemon/src/shell/x.ts': "const x = await import('@andon/resource-host');" },
      { 'resource-host/src/x.ts': "import { x } from '../../cli/src/x.ts';" },
    ],
  },
  {
    name: 'the core imports the vocabulary and itself only',
    reason: 'it decides; whoever acts calls it',
    find: imports(
      within('daemon/src/core/'),
      (one, file) => /^@andon\/protocol(\/(?!node$|manifest$)|$)/.test(one.specifier) || staysIn('daemon/src/core/')(one, file),
    ),
    planted: [
      { 'daemon/src/core/x.ts': "import { z } from 'zod';" },
      { 'daemon/src/core/x.ts': "import type { Clock } from '../ports/index.ts';" },
      { 'daemon/src/core/a/x.ts': "import type { Server } from 'node:net';" },
      { 'daemon/src/core/x.ts': "import { serveFrames } from '@andon/protocol/node';" },
      { 'daemon/src/core/x.ts': "import { readFolder } from '@andon/protocol/manifest';" },
    ],
  },
  {
    name: 'the core knows no time, no chance, no waiting and no exception',
    reason: 'only then is it a function that can be searched through and replayed',
    find: mentions(within('daemon/src/core/'), [...CLOCK, ...CHANCE, 'Date', 'async', 'await', 'throw', 'Promise', 'process', 'console']),
    planted: [
      { 'daemon/src/core/x.ts': 'const now = Date.now();' },
      { 'daemon/src/core/x.ts': 'const at = new Date(0);' },
      { 'daemon/src/core/x.ts': 'const jitter = Math.random();' },
      { 'daemon/src/core/x.ts': 'setTimeout(() => undefined, 1);' },
      { 'daemon/src/core/x.ts': 'const f = async () => 1;' },
      { 'daemon/src/core/x.ts': 'class A { async m() {} }' },
      { 'daemon/src/core/x.ts': 'export const x = await f();' },
      { 'daemon/src/core/x.ts': "function f() { throw new Error('x'); }" },
    ],
  },
  {
    name: 'the ports import types only',
    reason: 'a port says what is needed, not how; it must hold on every platform',
    find: imports(within('daemon/src/ports/'), (one, file) => one.typeOnly || staysIn('daemon/src/ports/')(one, file)),
    planted: [
      { 'daemon/src/ports/x.ts': "import { Incarnation } from '@andon/protocol';" },
      { 'daemon/src/ports/x.ts': "import 'node:fs';" },
    ],
  },
  {
    name: 'the daemon reaches the machine through ports only: imports',
    reason: 'simulation replaces processes, pipes, disk and chance; what goes around a port cannot be simulated',
    find: imports(inDaemonOutsideAdapters, ({ specifier, typeOnly }) => typeOnly || !MACHINE.test(specifier)),
    planted: [
      { 'daemon/src/shell/hosts/x.ts': "import { spawn } from 'node:child_process';" },
      { 'daemon/src/shell/x.ts': "import { readFile } from 'node:fs/promises';" },
      { 'daemon/src/shell/administration/x.ts': "import { readFolder } from '@andon/protocol/manifest';" },
      { 'daemon/src/shell/monitor/x.ts': "const { DatabaseSync } = await import('node:sqlite');" },
    ],
  },
  {
    name: 'the daemon reaches the machine through ports only: clock and chance',
    reason: 'a simulated day must pass in a second, and twice in the same way',
    find: mentions(inDaemonOutsideAdapters, [...CLOCK, ...CHANCE]),
    planted: [
      { 'daemon/src/shell/hosts/x.ts': 'const at = performance.now();' },
      { 'daemon/src/shell/hosts/x.ts': 'setImmediate(() => undefined);' },
      { 'daemon/src/shell/x.ts': 'const id = crypto.randomUUID();' },
      { 'daemon/src/shell/x.ts': 'const at = new Date().toISOString();' },
    ],
  },
  {
    name: 'only the owner of a process ends it',
    reason: 'process.exit loses output and unfinished writes of everyone else',
    find: (files) =>
      mentions(
        (file) => !MAY_EXIT.some((allowed) => allowed.test(file.path)),
        ['process.exit', 'process.abort', 'process.reallyExit'],
      )(files),
    planted: [{ 'cli/src/commands/x.ts': 'process.exit(1);' }, { 'daemon/src/shell/main-loop.ts': 'process.exit();' }],
  },
  {
    name: `no source has more than ${MAX_LINES} lines`,
    reason: 'what does not fit a screen or two does two things',
    find: (files) =>
      files
        .filter(({ path, lines }) => path.endsWith('.ts') && lines > MAX_LINES && !LONG_TABLES.includes(path))
        .map(({ path, lines }) => `${path} has ${lines} lines`),
    planted: [{ 'daemon/src/shell/x.ts': '// line\n'.repeat(MAX_LINES + 1) }],
  },
  {
    name: 'no imports go round in a circle',
    reason: 'the parts of a circle can only be understood, loaded and replaced together',
    find: importCycles,
    planted: [
      {
        'cli/src/a.ts': "import { b } from './b.ts';",
        'cli/src/b.ts': "export { c } from './sub/c.ts';",
        'cli/src/sub/c.ts': "import { a } from '../a.ts';",
      },
      { 'cli/src/a.ts': "import './a.ts';" },
    ],
  },
  {
    name: 'type assertions are those of the list',
    reason: 'each one is a place where the compiler believes instead of knows',
    find: (files) => {
      const unlisted = files.flatMap(({ path, casts }) => {
        const allowed = ALLOWED_CASTS[path]?.count ?? 0;
        return casts.length > allowed ? [`${path} asserts ${casts.length} times, ${allowed} allowed: ${casts.join(' | ')}`] : [];
      });
      const paths = new Map(files.map((file) => [file.path, file]));
      const surplus = Object.entries(ALLOWED_CASTS).filter(([path, { count }]) => (paths.get(path)?.casts.length ?? count) < count);
      return [...unlisted, ...surplus.map(([path]) => `${path} asserts less often than allowed.ts says`)];
    },
    planted: [
      { 'daemon/src/shell/x.ts': 'const x = y as string;' },
      { 'daemon/src/shell/x.ts': 'const x = y as unknown as Z;' },
      { 'cli/src/x.ts': 'const x = <string>y;' },
      { 'cli/src/connection/client.ts': '' },
    ],
  },
  {
    name: 'every dependency is pinned to one version',
    reason: 'what was tested is what is installed',
    find: exactPins,
    planted: ['^1.0.0', '~1.0.0', '*', 'latest', '1.x', '>=1', 'github:a/b'].map((version) => ({
      'cli/package.json': JSON.stringify({ dependencies: { commander: version } }),
    })),
  },
  {
    name: 'node-ipc is the tarball that was read',
    reason: 'a version can be published twice over; a hash cannot',
    find: lockedIntegrity('node_modules/node-ipc', NODE_IPC_INTEGRITY),
    planted: [
      {
        'package-lock.json': JSON.stringify({
          packages: { 'node_modules/node-ipc': { version: '14.0.0', integrity: 'sha512-other' } },
        }),
      },
      { 'package-lock.json': JSON.stringify({ packages: {} }) },
    ],
  },
  {
    name: 'no package runs a script when it is installed',
    reason: 'that is how stolen packages steal',
    find: installScripts,
    planted: [
      {
        'package-lock.json': JSON.stringify({
          packages: { 'node_modules/x': { version: '1.0.0', hasInstallScript: true } },
        }),
      },
      { 'cli/package.json': JSON.stringify({ scripts: { postinstall: 'node x.js' } }) },
    ],
  },
];
