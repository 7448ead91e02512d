import type { Command } from 'commander';
import { examples, type JsonOption, reads } from '../command.ts';
import { withDaemon } from '../connection/connect.ts';
import { usageError } from '../failure.ts';
import { note, writeJson } from '../terminal/output.ts';
import { followFile, lastLines } from '../log-tail.ts';

interface Options extends JsonOption {
  readonly follow?: boolean;
  readonly host?: boolean;
  readonly lines: string;
}

export function define(command: Command): void {
  reads(command)
    .argument('<host|name>', 'a host, or a resource: what its program prints, if it has one, else its host')
    .option('-f, --follow', 'go on with what it prints from now on')
    .option('--host', 'of a resource, what its host prints')
    .option('-n, --lines <count>', 'how many of the last lines', '50')
    .action(showLogs);
  examples(
    command,
    ['andon logs mail', ''],
    ['andon logs mail --follow --lines 0', ''],
    ['andon logs mail --host', 'when the program says nothing: what its host has to say'],
    ['andon logs mail --json', '{"host","path","lines":[…]}'],
  );
}

async function showLogs(name: string, options: Options, command: Command): Promise<void> {
  const count = Number(options.lines);
  if (!Number.isSafeInteger(count) || count < 0) {
    throw usageError(`--lines takes a number, not "${options.lines}".`, 'For example: --lines 200');
  }
  // The daemon is not needed any more once the file is known: its end must not end --follow.
  const { host, path: hostPath, application } = await withDaemon(command, (client) => client.request('logPath', { name }));
  const own = options.host || application === null ? null : { path: application, ...(await lastLines(application, count)) };
  const { path, lines, size, missing } = own && !own.missing ? own : { path: hostPath, ...(await lastLines(hostPath, count)) };
  if (options.json) return writeJson({ host, path, lines });
  const who = own && !own.missing ? `The program of ${name}` : `Host ${host}`;
  if (missing || size === 0) note(`${who} has printed nothing yet (${path}).`);
  for (const line of lines) process.stdout.write(`${line}\n`);
  if (options.follow) await followFile(path, size, (bytes) => process.stdout.write(bytes));
}
