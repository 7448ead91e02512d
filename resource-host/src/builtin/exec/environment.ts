import type { CallFacts, EndingCause } from '../../resource.ts';

/** Of whom an entry point is run. Before its first online, and when it is looked for, a resource has no incarnation. */
export type Subject = Pick<CallFacts, 'name'> & Partial<Pick<CallFacts, 'incarnation' | 'eventHandle' | 'failureRecord'>>;

/** What the script is told, besides the way to its programs. The same names in every host that runs scripts. */
export function environmentOf(subject: Subject, why: EndingCause | undefined): Readonly<Record<string, string>> {
  const { name, incarnation, eventHandle, failureRecord } = subject;
  return {
    ANDON_RESOURCE: name,
    ANDON_TYPE: 'exec',
    ...(incarnation && eventHandle && failureRecord
      ? { ANDON_INCARNATION: String(incarnation), ANDON_EVENT_HANDLE: eventHandle, ANDON_FAILURE_RECORD: failureRecord }
      : {}),
    ...(why ? { ANDON_CAUSE: why.cause, ANDON_REASON: why.reason.replaceAll('\0', ' ') } : {}),
  };
}
