import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { AndonError } from '@andon/protocol/errors';
import { formatFailureRecord } from '@andon/protocol/failure-record';
import { errnoOf, reasonOf, usageError } from './failure.ts';

const LIMIT_MS = 1000;
const RETRY_MS = 20;

interface Writing {
  readonly name: string;
  readonly record: string;
  readonly eventHandle: string;
  readonly reason: string;
}

/**
 * Writes the failure record into the pipe itself: it waits there for the next daemon. Never makes a file of a path that is
 * no pipe any more, and never blocks on one that nobody reads.
 */
export async function writeRecord({ name, record, eventHandle, reason }: Writing): Promise<string> {
  const [resource = '', incarnation] = record.split('@');
  if (resource !== name) {
    throw usageError(
      `No daemon answers, and ANDON_FAILURE_RECORD is that of "${resource}", not of "${name}".`,
      `A process can fail only its own resource: andon fail ${resource}`,
    );
  }
  const line = formatFailureRecord(resource, incarnation === undefined ? null : Number(incarnation), reason);
  const pipe = await openPipe(eventHandle);
  try {
    await writeWithin(pipe, Buffer.from(line), eventHandle);
  } finally {
    await pipe.close();
  }
  return line.trimEnd();
}

async function openPipe(path: string): Promise<FileHandle> {
  let pipe: FileHandle;
  try {
    pipe = await open(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw trouble(path, errnoOf(error) === 'ENXIO' ? 'nobody reads this event handle any more' : reasonOf(error));
  }
  if ((await pipe.stat()).isFIFO()) return pipe;
  await pipe.close();
  throw trouble(path, 'it is not a named pipe');
}

/** A full pipe is tried again until the limit: a record is written whole or not at all. */
async function writeWithin(pipe: FileHandle, bytes: Buffer, path: string): Promise<void> {
  const untilMs = Date.now() + LIMIT_MS;
  for (;;) {
    try {
      await pipe.write(bytes);
      return;
    } catch (error) {
      if (errnoOf(error) !== 'EAGAIN') throw trouble(path, reasonOf(error));
      if (Date.now() >= untilMs) throw trouble(path, `the pipe stayed full for ${LIMIT_MS / 1000} s`);
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

function trouble(path: string, reason: string): AndonError {
  return new AndonError('badConfiguration', {
    file: path,
    detail: `the failure record could not be written: ${reason}.`,
    hint: 'Start a daemon (andon up --detach) and say it again.',
  });
}
