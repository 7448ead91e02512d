import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ChaosDaemon } from '../daemon.ts';
import type { Journal } from './journal.ts';
import { processesOf } from './processes.ts';
import type { Violation } from './violation.ts';

/** The whole event journal once more, and then `andon down`: nothing of it may be left. */
export async function judgeEnd(daemon: ChaosDaemon, journal: Journal): Promise<Violation[]> {
  const broken = journal.compare(await daemon.journal(0));
  const { code, output } = await daemon.andon('down');
  if (code !== 0) broken.push({ rule: `andon down exits with ${code}`, subject: 'andond', detail: output });
  const left = processesOf(daemon.env);
  if (left.length > 0)
    broken.push({
      rule: 'processes are left after andon down',
      subject: 'andond',
      detail: left.map(({ pid, argv }) => `${pid}: ${argv.join(' ')}`).join('\n'),
    });
  const files = socketsAndPipes(join(daemon.folder, 'run'));
  if (files.length > 0) broken.push({ rule: 'sockets or pipes are left after andon down', subject: 'andond', detail: files.join('\n') });
  return broken;
}

function socketsAndPipes(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFIFO() || statSync(path).isSocket());
}
