// Prints the life cycle from the table that the daemon runs on: every phase, every event, and what comes of it, found by asking it.
import type { EventName } from '../daemon/src/core/life-cycle/events.ts';
import { type Phase, PHASES, publicState } from '../daemon/src/core/life-cycle/phases.ts';
import { stateDiagram } from './life-cycle/diagram.ts';
import { allCases, type Case, isOrdinary } from './life-cycle/explore.ts';
import { EVENT_MEANINGS, PHASE_NOTES } from './life-cycle/notes.ts';
import { outcomesOf } from './life-cycle/outcomes.ts';
import { table } from './markdown.ts';

const INTRODUCTION = `A resource lives through the phases below. What its life cycle answers to an event is a pure table, keyed by phase and then by event
([table.ts](../daemon/src/core/life-cycle/table.ts) and the \`rows-*.ts\` beside it). This page is made by asking that table for every event in every situation that
can be reached from a new resource, and by keeping the fewest conditions that tell the answers apart. An event that is not named in a phase is refused there and logged.

Three things stand beside the table: the order of calls within a host ([call-order.ts](../daemon/src/core/call-order.ts)), dependencies
([dependencies](../daemon/src/core/dependencies)), and the fate of host processes ([death.ts](../daemon/src/core/hosts/death.ts)).
The same table is searched, together with a model of a host, by the tests in \`tests/model\`.`;

const READING = `In the column *does*, what comes first is done first. Not printed: a change of the public state is told by an event of its own (\`online\`, \`failed\` …); timers of
a phase that is left are disarmed; an answer to a call that was given up changes nothing and is told as \`lateReplyIgnored\`.
Wherever \`restartScheduled\` is told, the restart policy was asked, and below RestartThreshold; [its other answers](#the-restart-policy) replace the phase restartDelay.`;

export function lifeCycle(notice: string): string {
  const cases = allCases();
  const ordinary = Map.groupBy(cases.filter(isOrdinary), ({ instance }) => instance.phase);
  const parts = [
    '# Life cycle',
    notice,
    INTRODUCTION,
    stateDiagram(cases),
    '## Phases',
    phases(ordinary),
    'After a restart of the daemon, and until its host has spoken, the public state is Unknown.',
    '## Events',
    table(
      ['event', 'means'],
      Object.entries(EVENT_MEANINGS).map(([name, meaning]) => [`\`${name}\``, meaning]),
    ),
    '## The table',
    READING,
    ...PHASES.flatMap((phase) => collapsed(phase, ordinary.get(phase) ?? [])),
    '## The restart policy',
    'Asked when a resource that has failed is cleaned up: after the answer to `terminate`, or when its host is verified gone.',
    rows(
      cases.filter(
        (one) => one.instance.phase === 'terminating' && one.instance.next === 'recover' && one.event.kind === 'terminateAnswered',
      ),
    ),
  ];
  return `${parts.join('\n\n')}\n`;
}

function phases(byPhase: ReadonlyMap<Phase, readonly Case[]>): string {
  return table(
    ['phase', 'public state', 'what is going on'],
    PHASES.map((phase) => {
      const states = (byPhase.get(phase) ?? []).map(({ instance }) => publicState({ ...instance, unconfirmed: false }));
      return [`\`${phase}\``, [...new Set(states)].join(', '), PHASE_NOTES[phase]];
    }),
  );
}

/** A heading that can be linked to, and the rows behind a fold. */
function collapsed(phase: Phase, cases: readonly Case[]): string[] {
  const count = new Set(cases.map(({ event }) => event.kind)).size;
  return [
    `### ${phase}`,
    `<details><summary>${PHASE_NOTES[phase].replaceAll('`', '')}; ${count} events</summary>`,
    rows(cases),
    '</details>',
  ];
}

function rows(cases: readonly Case[]): string {
  const byEvent = Map.groupBy(cases, ({ event }): EventName => event.kind);
  const lines = [...byEvent].flatMap(([event, members]) =>
    outcomesOf(members).map(({ when, phase, effects }) => {
      const stays = members[0]?.instance.phase === phase;
      return [`\`${event}\``, when, stays ? '' : `\`${phase}\``, effects === '' && stays ? 'nothing' : effects];
    }),
  );
  return table(['event', 'when', 'goes to', 'does'], lines);
}
