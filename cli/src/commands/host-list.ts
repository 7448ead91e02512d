import type { Command } from 'commander';
import { examples, type JsonOption, reads } from '../command.ts';
import { withDaemon } from '../connection/connect.ts';
import { hostTable } from '../status/host-table.ts';
import { note, writeJson, writeLine } from '../terminal/output.ts';

export function define(command: Command): void {
  reads(command).action(listHosts);
  examples(
    command,
    ['andon host list', ''],
    ['andon host list --json', '{"hosts":[{"id","pid","state","types","user","startedAt","deaths",…}]}'],
  );
}

async function listHosts(options: JsonOption, command: Command): Promise<void> {
  const { hosts } = await withDaemon(command, (client) => client.request('hostList', {}));
  if (options.json) return writeJson({ hosts });
  if (hosts.length === 0) return note('There are no hosts: one starts with the first online of its type.');
  writeLine(hostTable(hosts));
}
