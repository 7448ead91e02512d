import { constants } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf, reasonOf } from '../failure.ts';

const DAEMON_LOG_BYTES = 2 * 1024 * 1024;
const HOST_LOG_BYTES = 512 * 1024;
const MOST_HOST_LOGS = 100;

export interface LogPiece {
  readonly name: string;
  readonly text: string;
}

/** The ends of the daemon's logs and of its hosts', the freshest hosts first. */
export async function* logPieces(stateDir: string): AsyncGenerator<LogPiece> {
  const logs = join(stateDir, 'logs');
  for (const name of ['andond.log', 'andond.log.1', 'andond.out']) {
    const text = await tail(join(logs, name), DAEMON_LOG_BYTES);
    if (text !== null) yield { name: `logs/${name}`, text };
  }
  for (const name of await freshest(join(logs, 'hosts'))) {
    const text = await tail(join(logs, 'hosts', name), HOST_LOG_BYTES);
    if (text !== null) yield { name: `logs/hosts/${name}`, text };
  }
}

/** Null when there is no such file; why not, when it cannot be read. */
async function tail(path: string, bytes: number): Promise<string | null> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const { size } = await file.stat();
      const start = Math.max(0, size - bytes);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(size, bytes)), 0, Math.min(size, bytes), start);
      const text = buffer.toString('utf8', 0, bytesRead);
      return start === 0 ? text : `(the first ${start} bytes were left out)\n${text.slice(text.indexOf('\n') + 1)}`;
    } finally {
      await file.close();
    }
  } catch (error) {
    return errnoOf(error) === 'ENOENT' ? null : `(${path} cannot be read: ${reasonOf(error)})\n`;
  }
}

async function freshest(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  const dated = await Promise.all(
    names.map(async (name) => ({
      name,
      mtimeMs: await stat(join(folder, name)).then(
        (found) => found.mtimeMs,
        () => 0,
      ),
    })),
  );
  return dated
    .toSorted((a, b) => b.mtimeMs - a.mtimeMs)
    .slice(0, MOST_HOST_LOGS)
    .map(({ name }) => name);
}
