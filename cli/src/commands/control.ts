import type { Command } from 'commander';
import { acts, examples, type JsonOption } from '../command.ts';
import { withDaemon } from '../connection/connect.ts';
import { usageError } from '../failure.ts';
import { note, writeJson, writeLine } from '../terminal/output.ts';
import { isJson, type JsonValue } from '@andon/protocol/json';

/** The daemon bounds the call by the resource's DeadlockTimeout; this only keeps a lost answer from lasting for ever. */
const CONTROL_LIMIT_MS = 0x7fff_ffff;

export function define(command: Command): void {
  acts(command).argument('<name>', 'resource').argument('<code>', 'control code').argument('[json]', 'its input').action(sendControl);
  examples(command, ['andon control mail reload', ''], [`andon control mail setLevel '{"level":3}'`, 'with an input']);
}

async function sendControl(name: string, code: string, input: string | undefined, options: JsonOption, command: Command): Promise<void> {
  const params = { name, code, ...(input === undefined ? {} : { input: parse(input) }) };
  const { output, handledBy } = await withDaemon(command, (client) => client.request('control', params, CONTROL_LIMIT_MS));
  if (options.json) return writeJson({ ok: true, handledBy, output: output ?? null });
  if (output !== undefined) return writeLine(typeof output === 'string' ? output : JSON.stringify(output, null, 2));
  note(`${name}: ${code} done${handledBy === 'daemon' ? ' by the default handling of the daemon' : ''}`);
}

function parse(text: string): JsonValue {
  try {
    const value: unknown = JSON.parse(text);
    if (isJson(value)) return value;
    throw new Error('it is not JSON');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw usageError(`The input of a control call is JSON; this is not: ${reason}.`, `Quote it for the shell, for example: '{"level":3}'`);
  }
}
