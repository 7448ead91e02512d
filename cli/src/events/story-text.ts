import type { AndonEvent } from '@andon/protocol';
import { Calendar, elapsedUs, lapse, timeOfDay } from './event-time.ts';
import { eventWords, styleOfEvent, subjectOf } from './event-words.ts';
import { paint, printable, type Style, writeLine, glyphs } from '../terminal/output.ts';
import { type Story, StoryTeller } from './stories.ts';
import { headline, nameOf, outcome, step } from './story-words.ts';

/** As wide as the time of day, so that offsets stand below it. */
const TIME_WIDTH = '00:00:00.000'.length;
/** Resources that do the same at about the same time are one line. */
const TOGETHER_US = 1_000_000;
/** From here on it is told when the last of them did. */
const APART_US = 10_000;
const MOST_NAMES = 6;

/** A story, or an event that belongs to none. */
export type Entry = { readonly first: AndonEvent; readonly story: Story | null };

/** Stories and single events, ordered by how they began. */
export function entriesOf(events: readonly AndonEvent[], isDaemonUp = false): readonly Entry[] {
  const teller = new StoryTeller(isDaemonUp);
  const entries: Entry[] = [];
  for (const event of events) {
    const story = teller.take(event);
    if (!story || story.events[0] === event) entries.push({ first: event, story });
  }
  // Some that stood alone at first were found to belong to a story later.
  const told = new Set(entries.flatMap(({ story }) => story?.events ?? []));
  return entries.filter(({ first, story }) => story !== null || !told.has(first));
}

/** Every story whole below its headline. */
export function writeEntries(entries: readonly Entry[]): void {
  const calendar = new Calendar();
  for (const { first, story } of entries) {
    writeDay(calendar, first);
    if (!story) writeSingle(first);
    else {
      const end = outcome(story);
      writeHeadline(first, `${headline(story, first)}${end === '' ? '' : `; ${end}`}`);
      for (const { offsetUs, text, style } of stepLines(story, first)) writeStep(offsetUs, text, style);
    }
  }
}

/** Steps as they come. Several stories may be under way, so each step names what it is about. */
export function storyPrinter(isFailuresOnly: boolean): (event: AndonEvent) => void {
  const teller = new StoryTeller();
  const calendar = new Calendar();
  return (event) => {
    const story = teller.take(event);
    if (!story && isFailuresOnly) return;
    const first = story?.events[0];
    const said = story && first !== event ? step(story, story.events.length - 1) : null;
    if (story && first !== event && !said) return;
    writeDay(calendar, event);
    if (!story || !first) writeSingle(event);
    else if (said) writeStep(elapsedUs(first, event), `${subjectOf(event)}  ${said.text}`, said.style);
    else writeHeadline(event, headline(story, event));
  };
}

function writeDay(calendar: Calendar, event: AndonEvent): void {
  const day = calendar.heading(event);
  if (day !== null) writeLine(paint('bold', `${glyphs().rule} ${day} ${glyphs().rule}`));
}

function writeSingle(event: AndonEvent): void {
  writeLine(`${paint('dim', timeOfDay(event))}  ${subjectOf(event)}  ${paint(styleOfEvent(event), printable(eventWords(event)))}`);
}

function writeHeadline(first: AndonEvent, text: string): void {
  writeLine(`${paint('dim', timeOfDay(first))}  ${paint('red', printable(text))}`);
}

function writeStep(offsetUs: number, text: string, style: Style): void {
  writeLine(`${paint('dim', `+${lapse(offsetUs)}`.padStart(TIME_WIDTH))}    ${paint(style, printable(text))}`);
}

interface StepLine {
  readonly offsetUs: number;
  readonly text: string;
  readonly style: Style;
}
interface Gathered {
  readonly text: string;
  readonly style: Style;
  readonly offsetUs: number;
  lastUs: number;
  /** Empty for what the story is about. */
  readonly names: string[];
}

function stepLines(story: Story, first: AndonEvent): readonly StepLine[] {
  const lines: Gathered[] = [];
  story.events.forEach((event, index) => {
    const said = step(story, index);
    if (!said) return;
    const isOwn = event.resource === null || (story.kind === 'resource' && event.resource === story.subject);
    const offsetUs = elapsedUs(first, event);
    const together = isOwn
      ? undefined
      : lines.findLast(({ text, names, lastUs }) => text === said.text && names.length > 0 && offsetUs - lastUs < TOGETHER_US);
    if (together && !together.names.includes(nameOf(event))) {
      together.names.push(nameOf(event));
      together.lastUs = offsetUs;
    } else lines.push({ ...said, offsetUs, lastUs: offsetUs, names: isOwn ? [] : [nameOf(event)] });
  });
  return lines.map(({ offsetUs, lastUs, text, style, names }) => {
    const until = lastUs - offsetUs < APART_US ? '' : ` (the last at +${lapse(lastUs)})`;
    return { offsetUs, style, text: names.length === 0 ? text : `${listed(names)}  ${text}${until}` };
  });
}

function listed(names: readonly string[]): string {
  if (names.length <= MOST_NAMES) return names.join(', ');
  return `${names.slice(0, MOST_NAMES).join(', ')} and ${names.length - MOST_NAMES} more`;
}
