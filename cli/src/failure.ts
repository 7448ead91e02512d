import { AndonError, type ErrorSubject, EXIT } from '@andon/protocol/errors';
import { note, writeJson } from './terminal/output.ts';

/** What every error of a command comes down to, whoever raised it. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  readonly exit: number;
  /** The definition it is about. */
  readonly subject?: ErrorSubject | undefined;
}

/** The daemon's own words for a request that it did not carry out. */
export class DaemonRefusal extends Error implements Failure {
  readonly code: string;
  readonly remedy: string;
  readonly exit: number;
  readonly subject: ErrorSubject | undefined;

  constructor(error: Failure) {
    super(error.message);
    this.name = 'DaemonRefusal';
    this.code = error.code;
    this.remedy = error.remedy;
    this.exit = error.exit;
    this.subject = error.subject;
  }
}

/** What ended an output of many documents. Programs read those; why there are no more is told on standard error alone. */
export class StreamEnded extends DaemonRefusal {}

export function asFailure(error: unknown): Failure {
  if (error instanceof AndonError || error instanceof DaemonRefusal) return error;
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new AndonError('internal', { detail });
}

/** Wrong use of the command line: exit 2. `hint` says what to write instead. */
export function usageError(detail: string, hint: string): AndonError {
  return new AndonError('usage', { detail, hint });
}

/** Tells the person (and, with --json, the program) that asked; answers the exit code. */
export function reportFailure(error: unknown, json: boolean): number {
  if (isUsage(error)) {
    if (json && error.exit !== 0) {
      writeJson({ ok: false, error: { code: 'usage', message: error.usage, remedy: 'See: andon --help' } });
    }
    return error.exit;
  }
  const failure = asFailure(error);
  if (json && !(error instanceof StreamEnded)) writeJson({ ok: false, error: errorDocument(failure) });
  printFailure(failure);
  return failure.exit;
}

export function printFailure(failure: Failure): void {
  note(`andon: ${failure.message}`);
  if (failure.remedy !== '') note(failure.remedy);
}

export function errorDocument({ code, message, remedy }: Failure): Omit<Failure, 'exit' | 'subject'> {
  return { code, message, remedy };
}

/** The code of a system error, such as ENOENT; empty for anything else. */
export function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** A system error in words that need no manual. */
export function reasonOf(error: unknown): string {
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'it does not exist',
    EACCES: 'permission denied',
    EPERM: 'operation not permitted',
    EISDIR: 'it is a folder',
    ENOTDIR: 'a part of its path is not a folder',
    ENXIO: 'nobody reads it',
    ECONNREFUSED: 'nobody listens',
    ENOSPC: 'the disk is full',
    EROFS: 'the file system is read-only',
  };
  return words[errnoOf(error)] ?? (error instanceof Error ? error.message : String(error));
}

/** No one but EXIT decides what a program reads as success. */
export function highestExit(codes: readonly number[]): number {
  return Math.max(EXIT.done, ...codes);
}

function isUsage(error: unknown): error is { readonly usage: string; readonly exit: number } {
  return typeof error === 'object' && error !== null && 'usage' in error && 'exit' in error;
}
