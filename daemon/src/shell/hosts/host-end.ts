import type { ProcessExit } from '../../ports/index.ts';
import type { Doom } from './host-life.ts';

/** The end of one process, as far as anyone knows. */
export interface HostEnd {
  readonly pid: number;
  readonly exit: ProcessExit;
  readonly doom: Doom | null;
  readonly aliveMs: number;
  readonly hadGreeted: boolean;
  /** Why its hello was turned down, if it was. */
  readonly refusal: string | null;
}
