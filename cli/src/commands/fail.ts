import type { Command } from 'commander';
import { acts, examples, finish, type JsonOption } from '../command.ts';
import { withDaemon } from '../connection/connect.ts';
import { asFailure } from '../failure.ts';

interface Options extends JsonOption {
  readonly reason?: string;
}

export function define(command: Command): void {
  acts(command).argument('<name>', 'resource').option('--reason <text>', 'why').action(failResource);
  examples(command, [
    'andon fail mail --reason "queue is stuck"',
    'terminated at once, then restarted by its policy; refused unless Online',
  ]);
}

async function failResource(name: string, options: Options, command: Command): Promise<void> {
  const { reason } = options;
  try {
    const { incarnation } = await withDaemon(command, (client) =>
      client.request('fail', { name, ...(reason === undefined ? {} : { reason }) }),
    );
    finish(options, { name, incarnation, by: 'daemon' }, `${name} reported failed (incarnation ${incarnation})`);
  } catch (error) {
    const record = process.env['ANDON_FAILURE_RECORD'];
    const eventHandle = process.env['ANDON_EVENT_HANDLE'];
    if (asFailure(error).code !== 'unreachable' || !record || !eventHandle) throw error;
    const { writeRecord } = await import('../failure-record-writer.ts');
    const written = await writeRecord({
      name,
      record,
      eventHandle,
      reason: reason ?? 'failed by the administrator',
    });
    finish(
      options,
      { name, by: 'eventHandle', record: written },
      `No daemon answers; wrote the failure record "${written}" to ${eventHandle}`,
    );
  }
}
