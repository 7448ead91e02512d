import type { AndonEvent, ErrorSubject, EventFields, EventKind } from '@andon/protocol';
import { isRecord } from '@andon/protocol/json';
import type { Failure } from '../failure.ts';

/** What comes over the control socket, as this side reads it. The daemon is of this version, or says `invalidRequest` itself. */
export type ControlFrame =
  | { readonly kind: 'result'; readonly id: string; readonly result: unknown }
  /** A piece of a result that is longer than a frame. */
  | { readonly kind: 'part'; readonly id: string; readonly part: string; readonly more: boolean }
  | { readonly kind: 'error'; readonly id: string; readonly error: Failure }
  | { readonly kind: 'event'; readonly event: AndonEvent }
  | { readonly kind: 'gap'; readonly gap: Gap };

/** Events after the one number and before the other were given up, because this reader was too slow. */
export interface Gap {
  readonly afterSeq: number;
  readonly beforeSeq: number;
}

/** Null for anything that a newer daemon may say besides. */
export function readFrame(type: string, data: unknown): ControlFrame | null {
  if (!isRecord(data)) return null;
  if (type === 'notify') return readNotification(data);
  const { id, ok, result, part, more, error } = data;
  if (type !== 'response' || typeof id !== 'string') return null;
  if (ok !== true) return { kind: 'error', id, error: readError(error) };
  return typeof part === 'string' ? { kind: 'part', id, part, more: more === true } : { kind: 'result', id, result };
}

function readNotification({ method, params }: Readonly<Record<string, unknown>>): ControlFrame | null {
  if (!isRecord(params)) return null;
  if (method === 'gap')
    return {
      kind: 'gap',
      gap: { afterSeq: Number(params['afterSeq']), beforeSeq: Number(params['beforeSeq']) },
    };
  return method === 'event' && isEvent(params) ? { kind: 'event', event: params } : null;
}

function readError(error: unknown): Failure {
  const { code, message, remedy, exit, subject } = isRecord(error) ? error : {};
  return {
    subject: readSubject(subject),
    code: asText(code, 'internal'),
    message: asText(message, 'the daemon gave no reason'),
    remedy: asText(remedy, ''),
    exit: typeof exit === 'number' ? exit : 70,
  };
}

function readSubject(subject: unknown): ErrorSubject | undefined {
  const { what, name, path } = isRecord(subject) ? subject : {};
  if ((what !== 'type' && what !== 'group' && what !== 'resource') || typeof name !== 'string' || !Array.isArray(path)) return undefined;
  return { what, name, path: path.filter((key) => typeof key === 'string') };
}

export function asText(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

function isEvent(value: Readonly<Record<string, unknown>>): value is AndonEvent {
  return typeof value['seq'] === 'number' && typeof value['kind'] === 'string';
}

/** The fields of an event of that kind. Whatever is missing is shown as such and hurts nobody. */
export function fieldsOf<K extends EventKind>(_kind: K, event: AndonEvent): EventFields<K> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a codec: the daemon that defines the kind filled them in
  return event as unknown as EventFields<K>;
}
