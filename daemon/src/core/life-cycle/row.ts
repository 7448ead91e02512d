import type { EventName, LifeEvent } from './events.ts';
import type { Instance, Policy } from './instance.ts';
import type { Step } from './moves.ts';

/** One cell of the table: what this event does in this phase. Total and pure. */
export type Cell<K extends EventName> = (instance: Instance, event: LifeEvent<K>, policy: Policy) => Step;

/** One phase: its cells by event. An event without a cell is refused and logged. */
export type Row = { readonly [K in EventName]?: Cell<K> };
