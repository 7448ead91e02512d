import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AndonError } from '@andon/protocol/errors';
import { daemonProgram } from '../daemon/daemon-process.ts';
import { reasonOf } from '../failure.ts';

/** What the unit runs, as absolute paths without symbolic links: those of this very installation. */
export interface Programs {
  readonly node: string;
  readonly andond: string;
  readonly andon: string;
  /** The page that describes the service; null where the package has none. */
  readonly documentation: string | null;
}

const RUN_LIMIT_MS = 20_000;
/** sd_notify needs a datagram socket, which Node has by node:ffi only. */
const PROBE = `process.stdout.write(process.version + ' ' + require('node:module').isBuiltin('node:ffi'))`;

export async function ownPrograms(): Promise<Programs> {
  const andon = fileURLToPath(new URL('../../bin/andon.js', import.meta.url));
  const documentation = join(dirname(dirname(dirname(andon))), 'docs', 'service.md');
  return {
    node: await realpath(process.execPath),
    andond: await realpath(daemonProgram()),
    andon: await realpath(andon),
    documentation: existsSync(documentation) ? documentation : null,
  };
}

/**
 * Runs what the service would run, so that a mistake is told now and not by the journal.
 *
 * @throws AndonError `serviceProgram`
 */
export async function verifyPrograms({ node, andond, andon }: Programs): Promise<void> {
  const [version = '', hasFfi = ''] = (await run(node, ['-e', PROBE], 'Node')).split(' ');
  if (hasFfi !== 'true') {
    const reason = `it is ${version}, which has no node:ffi, so systemd would never hear that the daemon is ready`;
    throw new AndonError('serviceProgram', { what: 'Node', path: node, reason });
  }
  for (const program of [andond, andon]) {
    const told = await run(node, [program, '--version'], 'program');
    if (/^\d+\.\d+\.\d+/.test(told)) continue;
    throw new AndonError('serviceProgram', { what: 'program', path: program, reason: `asked for its version it said "${told}"` });
  }
}

function run(file: string, args: readonly string[], what: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(file, args, { timeout: RUN_LIMIT_MS }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout.trim());
      const said = stderr.trim().split('\n').at(0) ?? '';
      const path = args[0]?.startsWith('/') ? args[0] : file;
      return reject(new AndonError('serviceProgram', { what, path, reason: said === '' ? reasonOf(error) : said }, { cause: error }));
    });
  });
}
