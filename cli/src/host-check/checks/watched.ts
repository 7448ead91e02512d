import { SLOW_CALL_MS } from '@andon/protocol';
import type { Judge } from '../judge.ts';
import type { PlayedDaemon } from '../played-daemon.ts';
import { commandLineOf } from '../processes.ts';
import type { Check } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { lookAtRecords, RECORD_RULES } from './watched-records.ts';

const IS_ALIVE_LIMIT_MS = 50;
const TAKING_WHAT_THEY_NEED: ReadonlySet<string> = new Set(['startup', 'open', 'close', 'terminate']);
const FRAME_IN_OUTPUT = /\{\s*"type"\s*:[^\n\f]*\f/g;

/** What no single step looks for: whatever happens on any stage is held against these rules. */
export const watched: readonly Check[] = [
  {
    rule: 'F-3',
    expected: 'only frames of the six types',
    hint: 'What is no hello, response, request or notification has no place on the socket; words for people go to standard error.',
  },
  {
    rule: 'F-6',
    expected: 'no frame on standard output',
    hint: 'Frames go to the socket at ANDON_SOCKET; standard output is a log.',
  },
  {
    rule: 'C-1',
    expected: 'one answer of the form of chapter 5 to every request',
    hint: 'Answer in one place, with the id of the request, whatever the entry point does or throws.',
  },
  {
    rule: 'C-6',
    expected: `isAlive answered within ${IS_ALIVE_LIMIT_MS} ms, every other call that can pend or need not take long within ${SLOW_CALL_MS} ms; the quickest answer to each call counts`,
    hint: 'Answer `pending` to a long online or offline and report its end; let isAlive tell what a thread in the background knows.',
  },
  {
    rule: 'C-12',
    expected: 'as event handle the one that came with the call, or one that createEventHandle returned',
    hint: 'Answer params.eventHandle; the daemon never opens a path that a host thinks of.',
  },
  {
    rule: 'A-1',
    expected: 'the token neither in the output nor in a command line',
    hint: 'Take ANDON_TOKEN out of what is logged, such as the environment or the hello.',
  },
  {
    rule: 'E-1',
    expected: 'every record of the form of chapter 12.2, there at once with its LF',
    hint: 'Build the whole line first, with its LF, and give it to one unbuffered write.',
  },
  {
    rule: 'E-2',
    expected: 'an incarnation in every record',
    hint: 'Write params.failureRecord of online as it came.',
  },
  {
    rule: 'E-8',
    expected: 'records of resources that are open in the host, and of no other',
    hint: 'Stop repeating a record at terminate and at close; never write a name that open did not bring.',
  },
];

/** Gathers over all stages what these rules need. */
export class Watch {
  readonly #judge: Judge;
  readonly #quickestMs = new Map<string, number>();
  #stages = 0;
  #records = 0;

  constructor(judge: Judge) {
    this.#judge = judge;
  }

  /** A scenario is over, and its host still there. */
  look(stage: Stage, { started, times }: PlayedDaemon): void {
    const { host, token, judge } = stage;
    this.#stages++;
    this.#records += lookAtRecords(stage);
    if (host.stdout.search(FRAME_IN_OUTPUT) !== -1) judge.broken('F-6', `on standard output: ${host.stdout.slice(0, 200)}`);
    // The token of a hello that went to standard output came there by F-6, and is told there.
    const output = [host.stdout.replaceAll(FRAME_IN_OUTPUT, ''), host.stderr].find((text) => text.includes(token));
    if (output !== undefined) judge.broken('A-1', `in its output: ${lineWith(token, output)}`);
    const lines = [host.pid, ...started.map(({ pid }) => pid)].map(commandLineOf);
    const commandLine = lines.find((line) => line.includes(token));
    if (commandLine !== undefined) judge.broken('A-1', `in the command line: ${commandLine}`);
    for (const [method, all] of times) {
      this.#quickestMs.set(method, Math.min(...all, this.#quickestMs.get(method) ?? Number.POSITIVE_INFINITY));
    }
  }

  /** After the last scenario. */
  settle(): void {
    if (this.#stages === 0) return;
    for (const rule of ['F-3', 'F-6', 'C-1', 'A-1']) this.#judge.held(rule, `seen nothing else on ${this.#stages} stages`);
    // The witness has noted every event handle that it saw.
    this.#judge.notApplicable('C-12', 'no resource came online with an event contract');
    for (const rule of RECORD_RULES) {
      if (this.#records > 0) this.#judge.held(rule, `seen nothing else in ${this.#records} records`);
      else this.#judge.notApplicable(rule, 'no record was written');
    }
    const all = [...this.#quickestMs].map(([method, ms]) => `${method} ${Math.round(ms)} ms`).join(', ');
    const slow = [...this.#quickestMs].filter(([method, ms]) => ms > limitOf(method));
    if (slow.length === 0) this.#judge.held('C-6', `the quickest of each: ${all}`);
    else this.#judge.broken('C-6', slow.map(([method, ms]) => `${method}: ${Math.round(ms)} ms`).join(', '));
  }
}

function limitOf(method: string): number {
  if (TAKING_WHAT_THEY_NEED.has(method)) return Number.POSITIVE_INFINITY;
  return method === 'isAlive' ? IS_ALIVE_LIMIT_MS : SLOW_CALL_MS;
}

function lineWith(word: string, text: string): string {
  return text.split('\n').find((line) => line.includes(word)) ?? '';
}
