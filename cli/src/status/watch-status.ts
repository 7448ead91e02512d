import type { StatusDocument } from '@andon/protocol';
import { followChanges } from '../connection/changes.ts';
import type { ControlClient } from '../connection/client.ts';
import { readStatus, type StatusOptions, statusWords } from './read-status.ts';
import { asFailure, StreamEnded } from '../failure.ts';
import { writeJson } from '../terminal/output.ts';

/** A burst of events is drawn once: more pictures than this a second help nobody. */
const QUIET_MS = 100;
/** Times to the next attempt count down even when nothing happens. */
const TICK_MS = 1000;

/** Draws again on events until the connection ends or the person does. */
export async function watchStatus(client: ControlClient, names: readonly string[], options: StatusOptions): Promise<never> {
  const read = (): Promise<StatusDocument> => readStatus(client, names, options);
  const changes = await followChanges(client);
  let document = await read();
  try {
    for (;;) {
      if (options.json) writeJson(document);
      else draw(await statusWords(client, document, names, options));
      const counting = process.stdout.isTTY && document.resources.some(({ nextAttemptAt }) => nextAttemptAt !== null);
      await changes.next(counting ? Date.now() + TICK_MS : null);
      await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
      document = await read();
    }
  } catch (error) {
    throw new StreamEnded(asFailure(error));
  }
}

function draw(text: string): void {
  const lines = process.stdout.isTTY ? text.split('\n').slice(0, Math.max(1, process.stdout.rows - 1)) : [text, ''];
  process.stdout.write(`${process.stdout.isTTY ? '\u001b[H\u001b[J' : ''}${lines.join('\n')}\n`);
}
