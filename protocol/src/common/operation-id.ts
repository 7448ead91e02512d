/** Calls whose result a host remembers; all others are never answered from memory. */
export const REMEMBERED_CALLS = ['online', 'offline', 'terminate'] as const;
export type RememberedCall = (typeof REMEMBERED_CALLS)[number];

/** `web-1@7/online`: the same however often, and by whichever daemon, the call is sent. */
export function operationId(resource: string, incarnation: number, call: RememberedCall): string {
  return `${resource}@${incarnation}/${call}`;
}

/** What an operation id names, or null for any other text. */
export function parseOperationId(id: string): { resource: string; incarnation: number; call: RememberedCall } | null {
  const match = /^([A-Za-z0-9][A-Za-z0-9._:-]{0,127})@([1-9][0-9]{0,9})\/(online|offline|terminate)$/.exec(id);
  if (!match?.[1]) return null;
  const call = REMEMBERED_CALLS.find((known) => known === match[3]);
  return call ? { resource: match[1], incarnation: Number(match[2]), call } : null;
}

/** What a host writes to its event handle when this instance fails. */
export function failureRecordOf(resource: string, incarnation: number): string {
  return `${resource}@${incarnation}`;
}
