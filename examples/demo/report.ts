import type { Event, ResourceStatus } from './andon.ts';

const POLL_INTERVAL_US = 5_000_000;

/** What each kind of event means in this story; kinds that are not named here are left out of it. */
const STORY: Readonly<Record<string, (event: Event) => string>> = {
  failureReported: ({ reason }) => `the daemon reads the failure record: ${String(reason)}`,
  terminateCalled: () => 'Terminate is called',
  terminated: () => 'Terminate has cleaned up',
  initializing: ({ incarnation }) => `Online is called, incarnation ${String(incarnation)}`,
  online: () => 'Online again',
};

export function statusTable(resources: readonly ResourceStatus[]): string[] {
  const rows = resources.map(({ name, type, state, contract, statusText }) => [name, state, type, contract ?? '-', statusText]);
  return table([['NAME', 'STATE', 'TYPE', 'CONTRACT', ''], ...rows]);
}

/** From the death to Online again, in microseconds since the death. */
export function failureTimeline(events: readonly Event[], killedUs: number, restartDelayMs: number): string[] {
  const lines = [timelineLine(0, 'the process is killed from outside (SIGKILL)')];
  for (const event of events) {
    const text = STORY[event.kind]?.(event);
    const wait = event.kind === 'initializing' ? ` (after RestartDelay, ${restartDelayMs} ms)` : '';
    if (text) lines.push(timelineLine(event.monotonicUs - killedUs, text + wait));
  }
  return lines;
}

export function comparison(events: readonly Event[], killedUs: number): string[] {
  const read = events.find(({ kind }) => kind === 'failureReported');
  if (!read) return ['No failure was reported: something is wrong.'];
  const toldUs = Math.max(1, read.monotonicUs - killedUs);
  return [
    'How long until the failure is known:',
    timelineLine(toldUs, 'andon, told by an event handle (measured just now)'),
    timelineLine(POLL_INTERVAL_US / 2, 'a poll every 5 s, on average (by arithmetic)'),
    timelineLine(POLL_INTERVAL_US, 'a poll every 5 s, at worst (by arithmetic)'),
  ];
}

function timelineLine(us: number, text: string): string {
  return `${String(Math.round(us)).padStart(9)} us  ${text}`;
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
