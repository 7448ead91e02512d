import type { AndonEvent, Incident, ProcessExamination } from '@andon/protocol';
import { facts, paint, plural, printable, styleOfState, table, writeLine } from '../terminal/output.ts';
import { eventPrinter } from '../events/event-text.ts';
import { eventWords } from '../events/event-words.ts';
import { localTime, span } from '../terminal/words.ts';
import { aftermath, headline, meaning } from './meaning.ts';
import { taskWords } from './process-meaning.ts';

const SHOWN_FILES = ['stack', 'syscall'] as const;
const LATER_EVENTS = 4;

/** The whole of an incident for a person: what happened, what it probably means, and then the evidence. `later`: events after it. */
export function printReport(incident: Incident, later: readonly AndonEvent[] | null): void {
  writeLine(paint('bold', printable(headline(incident))));
  writeLine(printable(aftermath(incident)));
  section('What it probably means', meaning(incident).map(printable));
  section('The host', [hostFacts(incident)]);
  if (incident.calls.length > 0) section('Calls in flight', [callTable(incident)]);
  if (incident.resources.length > 0) section('Its resources', [resourceTable(incident, later)]);
  if (incident.process) section(`The process before the kill (read in ${incident.process.tookMs} ms)`, processLines(incident.process));
  printEvents(incident);
  const { log } = incident;
  const lines = log.unreadable === null ? log.lines.map((line) => printable(line)) : [`could not be read: ${log.unreadable}`];
  section(`The last lines of its log, ${log.path}`, lines.length === 0 ? ['(nothing)'] : lines);
}

function section(title: string, lines: readonly string[]): void {
  writeLine(`\n${paint('bold', title)}`);
  for (const line of lines) writeLine(line.replace(/^/gm, '  '));
}

function hostFacts({ id, host, at, pid, command, user, startedAt, aliveMs, reason, andon }: Incident): string {
  return facts([
    ['incident', `${id} (${reason})`],
    ['when', localTime(at)],
    ['host', host],
    ['pid', pid === null ? '' : String(pid)],
    ['command', printable(command.join(' '))],
    ['user', user ?? ''],
    ['started', startedAt === null ? '' : `${localTime(startedAt)}, ${span(aliveMs ?? 0)} before`],
    ['andond', andon],
  ]);
}

function callTable({ calls }: Incident): string {
  const rows = calls.map(({ method, resource, incarnation, elapsedMs, limitMs }) => [
    method,
    resource === null ? '(the host)' : `${resource}@${incarnation ?? '?'}`,
    span(elapsedMs),
    span(limitMs),
  ]);
  return table(['CALL', 'RESOURCE', 'SINCE', 'LIMIT'], rows);
}

function resourceTable({ at, resources, culprits, seq }: Incident, later: readonly AndonEvent[] | null): string {
  const rows = resources.map(({ name, type, state, incarnation }) => [
    `${name}@${incarnation}`,
    type,
    { text: state, style: styleOfState(state) },
    culprits.includes(name) ? 'charged' : '-',
    later === null
      ? 'unknown: no daemon answers'
      : fate(
          at,
          later.filter((event) => event.resource === name && event.seq > seq),
        ),
  ]);
  return table(['RESOURCE', 'TYPE', 'WAS', 'BLAME', 'THEN'], rows);
}

const FATES: ReadonlySet<string> = new Set(['failed', 'online', 'offline', 'retryScheduled', 'restartsExhausted', 'hostSeparated']);

/** Up to the first time that it is Online or Offline again. */
function fate(at: string, events: readonly AndonEvent[]): string {
  const told = events.filter(({ kind }) => FATES.has(kind));
  const settled = told.findIndex(({ kind }) => kind === 'online' || kind === 'offline');
  const shown = (settled === -1 ? told : told.slice(0, settled + 1)).slice(-LATER_EVENTS);
  if (shown.length === 0) return '-';
  const last = shown.at(-1)?.at ?? at;
  return `${shown.map((event) => printable(eventWords(event))).join('; ')}, ${span(Date.parse(last) - Date.parse(at))} later`;
}

function processLines(process: ProcessExamination): readonly string[] {
  const { name, state, openFiles, threads, moreThreads, children, moreChildren, files, unreadable } = process;
  const rest = (count: number): string => (count === 0 ? '' : ` and ${count} more`);
  return [
    facts([
      ['name', printable(name)],
      ['state', `${state}${files['wchan'] === undefined || files['wchan'] === '0' ? '' : ` in ${files['wchan']}`}`],
      ['open files', openFiles === null ? '' : `${openFiles}${openFileLimit(files)}`],
      ['memory', /^VmRSS:\s*(.*)$/m.exec(files['status'] ?? '')?.[1] ?? ''],
      ['cgroup', files['cgroup'] ?? ''],
      ['threads', threads.length > 1 ? plural(threads.length + moreThreads, 'thread') : ''],
      [
        'children',
        children.length === 0 ? 'none' : `${children.map((child) => printable(taskWords(child))).join(', ')}${rest(moreChildren)}`,
      ],
    ]),
    ...(threads.length > 1 ? threads.map((thread) => `thread ${printable(taskWords(thread))}`) : []),
    ...SHOWN_FILES.flatMap((file) => (files[file] ? [`${file}:`, ...files[file].split('\n').map((line) => `  ${printable(line)}`)] : [])),
    ...Object.entries(unreadable).map(([file, reason]) => paint('dim', `${file}: ${reason}`)),
  ];
}

function openFileLimit(files: Readonly<Record<string, string>>): string {
  const limit = /^Max open files\s+(\S+)/m.exec(files['limits'] ?? '')?.[1];
  return limit === undefined ? '' : ` of ${limit}`;
}

function printEvents({ events }: Incident): void {
  if (events.length === 0) return;
  section(`The last events up to then (${events.length})`, []);
  const print = eventPrinter();
  for (const event of events) print(event);
}
