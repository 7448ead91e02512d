import type { Incident } from '@andon/protocol';
import { plural } from '../terminal/output.ts';
import { span } from '../terminal/words.ts';
import { whereItWas } from './process-meaning.ts';

/** What happened, in one sentence. */
export function headline(incident: Incident): string {
  const { reason, host, pid, why, aliveMs, end, calls } = incident;
  const who = `Host ${host}${pid === null ? '' : ` (pid ${pid})`}`;
  const after = aliveMs === null ? '' : ` after ${span(aliveMs)}`;
  switch (reason) {
    case 'deadlock':
      return `${who} was killed: ${deadlockWords(incident)}.`;
    case 'lost':
    case 'noHello':
      return `${who} was killed${after}: it ${why}.`;
    case 'died': {
      const during = calls.map(({ method, resource }) => `${method}${resource === null ? '' : ` of "${resource}"`}`);
      return `${who} ended by itself${after}: ${end.how}${during.length === 0 ? '' : `, during ${during.join(', ')}`}.`;
    }
    case 'cannotStart':
      return `${who} could not be started, five times in a row: ${why}.`;
  }
}

function deadlockWords({ calls, culprits, why }: Incident): string {
  const call = calls.find(({ resource }) => (resource === null ? culprits.length === 0 : culprits.includes(resource))) ?? calls[0];
  if (!call) return why;
  const whose = call.resource === null ? '' : ` of "${call.resource}"`;
  return `${call.method}${whose} had no answer for ${span(call.elapsedMs)}; its limit is ${span(call.limitMs)}`;
}

/** What the daemon did, and does next. */
export function aftermath({ done, end }: Incident): string {
  const gone =
    done.goneAfterMs === null
      ? ''
      : `Everything in its kill scope (${done.killScope ?? 'none'}) was gone ${span(done.goneAfterMs)} later. `;
  const still = end.kind === 'notGone' ? `It is ${end.how}. ` : '';
  const next = done.next === '' ? '' : `${done.next.charAt(0).toUpperCase()}${done.next.slice(1)}.`;
  return `${end.kind === 'notGone' ? still.replace(/; .*/, '. ') : gone}${next}`.trim();
}

/** What it probably means and what to look at, one thing a line. Guesses, and worded so. */
export function meaning(incident: Incident): readonly string[] {
  return [...causes(incident), ...repetition(incident)];
}

function causes(incident: Incident): readonly string[] {
  switch (incident.reason) {
    case 'deadlock':
    case 'lost':
    case 'noHello':
      return incident.process === null ? ['The process could not be examined before the kill.'] : whereItWas(incident, incident.process);
    case 'died':
      return deathCauses(incident);
    case 'cannotStart':
      return [
        incident.log.lines.length > 0 ? 'The last lines of its log, below, may say why.' : 'It printed nothing.',
        `Run it by hand to see more: ${incident.command.join(' ')}`,
      ];
  }
}

const CRASHES: ReadonlySet<string> = new Set(['SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGTRAP', 'SIGSYS']);

function deathCauses({ end, pid, at, host, log }: Incident): readonly string[] {
  const since = `journalctl -k --since '${at.slice(0, 19).replace('T', ' ')} UTC' -n 50`;
  if (end.kind === 'gone')
    return ['It was adopted from an earlier daemon, so nobody was told how it ended.', `The kernel may know: ${since}`];
  if (end.kind === 'signalled') {
    if (end.signal === 'SIGKILL') {
      return [
        'It was killed by signal 9 from outside: andon did not send it.',
        "The kernel's OOM killer is a usual cause: journalctl -k | grep -i -e 'out of memory' -e oom",
      ];
    }
    if (end.signal !== null && CRASHES.has(end.signal)) {
      return [
        `${end.signal} is a crash: a fault in the program of the host.`,
        `If core dumps are kept: coredumpctl info ${pid ?? ''}`.trim(),
      ];
    }
    return [
      `Somebody sent it ${end.signal ?? 'a signal'}: an administrator, a script, or the end of a session. andon asks hosts to end by goodbye.`,
    ];
  }
  const last = log.lines.length > 0 ? 'The last lines of its log, below, may say why.' : `It printed nothing: andon logs ${host}`;
  if (end.code === 0) return ['It ended as if it were done; a host runs until it is told goodbye.', last];
  if (end.code === 126 || end.code === 127) return ['A shell ends so when it cannot run the command it was given.', last];
  return [`Exit code ${end.code ?? '?'} is its own word for what went wrong.`, last];
}

function repetition({ alike }: Incident): readonly string[] {
  if (alike.count === 0) return [];
  const until = alike.lastAt === null ? '' : `, the last at ${alike.lastAt}`;
  return [`And ${plural(alike.count, 'more incident')} of this host ${alike.count === 1 ? 'was' : 'were'} counted and not kept${until}.`];
}
