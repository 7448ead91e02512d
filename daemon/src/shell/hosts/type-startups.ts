import type { EntryPointResult } from '@andon/protocol';
import type { Outcome } from '../../core/life-cycle/events.ts';

export type StartupState = { readonly kind: 'asked' } | { readonly kind: 'started' } | { readonly kind: 'refused'; readonly reason: string };

/** Which types a host process was started up for: once each, before the first open of that type (S1), and anew once a type was gone (S2). */
export class TypeStartups {
  readonly #states = new Map<string, StartupState>();

  state(type: string): StartupState | undefined {
    return this.#states.get(type);
  }

  asked(type: string): void {
    this.#states.set(type, { kind: 'asked' });
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

  /** Reads the answer; a type that the host does not name is not served (S3). */
  answered(type: string, outcome: Outcome<unknown>): StartupState {
    const state = read(type, outcome);
    this.#states.set(type, state);
    return state;
  }
}

function read(type: string, outcome: Outcome<unknown>): StartupState {
  switch (outcome.kind) {
    case 'completed': {
      const { resourceTypes } = outcome.result as EntryPointResult<'startup'>;
      if (resourceTypes.includes(type)) return { kind: 'started' };
      return { kind: 'refused', reason: `the host serves ${resourceTypes.join(', ') || 'no type'}, not "${type}"` };
    }
    case 'refused':
      return { kind: 'refused', reason: `startup of "${type}" failed: ${outcome.error.message || outcome.error.code}` };
    case 'malformed':
      return { kind: 'refused', reason: `startup of "${type}" answered nonsense: ${outcome.why}` };
  }
}
