import { Disk } from '../kernel/disk.ts';
import { Machine } from '../kernel/machine.ts';
import { Ledger } from '../judge/ledger.ts';
import { Draw } from './draw.ts';
import { Schedule } from './schedule.ts';

/** Lines of the story that are kept for whoever has to understand a violation. */
const KEPT_LINES = 2_000;

/** Everything there is in one simulation. */
export class World {
  readonly schedule = new Schedule();
  readonly draw: Draw;
  readonly disk = new Disk();
  readonly machine = new Machine();
  readonly ledger: Ledger;
  /** True: nothing goes wrong any more, so that everything may settle. */
  isCalm = false;
  /** Difference between the wall clock and the monotonic one, ms; jumps. */
  wallOffsetMs = Date.UTC(2030, 0, 1);
  /** Decides at every word of a host to the world whether the host dies there. */
  hostDiesHere: () => boolean = () => false;
  readonly #story: string[] = [];

  constructor(seed: number) {
    this.draw = new Draw(seed);
    this.ledger = new Ledger(() => this.schedule.nowMs);
  }

  /** Whether something goes wrong here and now, in a world that is not calm. */
  mishap(probability: number): boolean {
    return !this.isCalm && this.draw.chance(probability);
  }

  tell(who: string, what: string): void {
    this.#story.push(`${(this.schedule.nowMs / 1000).toFixed(6).padStart(14)}  ${who.padEnd(14)} ${what}`);
    if (this.#story.length > 2 * KEPT_LINES) this.#story.splice(0, KEPT_LINES);
  }

  /** The last lines, or those among them that name something. */
  story(about?: string): readonly string[] {
    return this.#story.filter((line) => about === undefined || line.includes(about)).slice(-KEPT_LINES);
  }
}
