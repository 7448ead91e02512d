import type { EntryPointResult } from '@andon/protocol';
import type { Outcome } from '../../core/life-cycle/events.ts';
import type { CallTable } from './call-table.ts';

const STARTUP_LIMIT_MS = 30_000;

type StartupState = { readonly kind: 'asked' } | { readonly kind: 'started' } | { readonly kind: 'refused'; readonly reason: string };

/** Which types a host process was started up for: once each, before the first open of that type (S1), and anew once a type was gone (S2). */
export class TypeStartups {
  readonly #states = new Map<string, StartupState>();
  readonly #calls: CallTable;
  readonly #nextCallId: () => string;
  /** A type was started up, or refused. */
  readonly #settled: (refusal: string | null) => void;

  constructor(calls: CallTable, nextCallId: () => string, settled: (refusal: string | null) => void) {
    this.#calls = calls;
    this.#nextCallId = nextCallId;
    this.#settled = settled;
  }

  /** Whether the type is ready, why it never will be, or that it is being asked for now. */
  ask(type: string): StartupState {
    const known = this.#states.get(type);
    if (known) return known;
    const asked: StartupState = { kind: 'asked' };
    this.#states.set(type, asked);
    this.#calls.send({
      id: this.#nextCallId(),
      resource: null,
      method: 'startup',
      params: { types: [type] },
      limitMs: STARTUP_LIMIT_MS,
      answered: (outcome) => {
        const state = read(type, outcome);
        this.#states.set(type, state);
        this.#settled(state.kind === 'refused' ? state.reason : null);
      },
    });
    return asked;
  }

  started(types: readonly string[]): void {
    for (const type of types) this.#states.set(type, { kind: 'started' });
  }

  forget(type: string): void {
    this.#states.delete(type);
  }

  /** The connection broke: what was asked and not answered is asked again. */
  forgetUnanswered(): void {
    for (const [type, state] of this.#states) if (state.kind === 'asked') this.#states.delete(type);
  }

  clear(): void {
    this.#states.clear();
  }

  get startedTypes(): readonly string[] {
    return [...this.#states].filter(([, state]) => state.kind === 'started').map(([type]) => type);
  }
}

/** A type that the host does not name is not served (S3). */
function read(type: string, outcome: Outcome<EntryPointResult<'startup'>>): StartupState {
  switch (outcome.kind) {
    case 'completed': {
      const { resourceTypes } = outcome.result;
      if (resourceTypes.includes(type)) return { kind: 'started' };
      return { kind: 'refused', reason: `the host serves ${resourceTypes.join(', ') || 'no type'}, not "${type}"` };
    }
    case 'refused':
      return { kind: 'refused', reason: `startup of "${type}" failed: ${outcome.error.message || outcome.error.code}` };
    case 'malformed':
      return { kind: 'refused', reason: `startup of "${type}" answered nonsense: ${outcome.why}` };
  }
}
