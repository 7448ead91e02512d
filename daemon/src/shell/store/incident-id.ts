/** `20261122T214501-worker-1`, with the first number that is free. */
export function incidentId(atMs: number, host: string, isTaken: (id: string) => boolean): string {
  const time = new Date(atMs).toISOString().slice(0, 19).replace(/[-:]/g, '');
  for (let number = 1; ; number++) {
    const id = `${time}-${host}-${number}`;
    if (!isTaken(id)) return id;
  }
}

/** Host and time of an incident, from its id; null for what is none. */
export function partsOfId(id: string): { readonly host: string; readonly atMs: number } | null {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)-(.+)-\d+$/.exec(id);
  if (!match) return null;
  const [, year, month, day, hour, minute, second, host = ''] = match;
  const atMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(atMs) ? null : { host, atMs };
}
