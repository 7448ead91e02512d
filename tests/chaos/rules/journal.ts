import type { AndonEvent } from '@andon/protocol';
import type { Violation } from './violation.ts';

/** Follows the event journal, and compares it with what was read of it before. */
export class Journal {
  readonly events: AndonEvent[] = [];

  get seq(): number {
    return this.events.at(-1)?.seq ?? 0;
  }

  take(fresh: readonly AndonEvent[]): Violation[] {
    const broken: Violation[] = [];
    for (const event of fresh) {
      const expected = this.seq + 1;
      if (event.seq !== expected)
        broken.push({ rule: `event ${event.seq} follows ${expected - 1}`, subject: 'event journal', detail: JSON.stringify(event) });
      this.events.push(event);
    }
    return broken;
  }

  /** The whole journal, read again: nobody who read it before was told anything else. */
  compare(all: readonly AndonEvent[]): Violation[] {
    const different = this.events.find((event, index) => JSON.stringify(event) !== JSON.stringify(all[index]));
    if (!different) return [];
    return [
      {
        rule: `event ${different.seq} was another one when it was read first`,
        subject: 'event journal',
        detail: JSON.stringify(different),
      },
    ];
  }

  linesOf(resource: string, last = 30): string {
    return this.events
      .filter((event) => event.resource === resource)
      .slice(-last)
      .map((event) => `  ${JSON.stringify(event)}`)
      .join('\n');
  }
}
