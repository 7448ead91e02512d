import type { Judge } from './judge.ts';
import { PlayedDaemon } from './played-daemon.ts';
import type { Stage } from './stage.ts';
import { Obstacle, Violation } from './violation.ts';

const MOST_EVIDENCE_LINES = 8;
/** What a trial looks at may have been said before it began. */
const LEAST_EVIDENCE_LINES = 3;
/** For a host that may only be slow, before the kit believes that it is stuck. */
const PROBE_LIMIT_MS = 2_000;

/** How one rule is checked. */
export interface Check {
  readonly rule: string;
  readonly expected: string;
  /** What to look at when it fails. */
  readonly hint: string;
  /** Rules whose breach looks like one of this rule as well: then it is told there, and this one counts as not reached. */
  readonly after?: readonly string[];
}

/** Checks that share one stage, as the steps of one story. */
export interface Scenario {
  /** What the progress line says. */
  readonly name: string;
  /** The rules that it settles; each rule belongs to one scenario. */
  readonly checks: readonly Check[];
  play(play: Play): Promise<void>;
}

/** What a scenario plays with. */
export class Play {
  readonly stage: Stage;
  readonly judge: Judge;
  readonly daemon: PlayedDaemon;

  constructor(stage: Stage) {
    this.stage = stage;
    this.judge = stage.judge;
    this.daemon = new PlayedDaemon(stage);
  }

  /** The last lines of what happened since `mark`, and a few of before if there was not much. */
  evidence(mark: number): readonly string[] {
    const { journal } = this.stage;
    return journal.tail(Math.min(MOST_EVIDENCE_LINES, Math.max(LEAST_EVIDENCE_LINES, journal.mark - mark)));
  }

  /**
   * Checks one rule: it holds when `body` returns, which may say what came. Whatever breaks in it breaks this rule, unless it names another or is an obstacle.
   * Answers whether it holds. When the host cannot be talked to any more, that ends the scenario, unless the trial `endsHost` anyway.
   */
  async trial(rule: string, body: () => Promise<string | void>, { endsHost = false } = {}): Promise<boolean> {
    const mark = this.stage.journal.mark;
    try {
      this.judge.held(rule, (await body()) ?? 'as expected');
      return true;
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      if (error.rule !== null && error.rule !== rule) throw error;
      const isObstacle = error instanceof Obstacle;
      if (isObstacle) this.judge.notReached(rule, error.message, null);
      else this.judge.broken(rule, error.message, this.evidence(mark));
      if (endsHost) await this.stage.host.end(0);
      else if (!(await this.#isResponsive())) throw isObstacle ? error : new Violation(rule, error.message);
      return false;
    }
  }

  /** A rule about something that is not there to be seen. */
  notApplicable(rule: string, reason: string): void {
    this.judge.notApplicable(rule, reason);
  }

  async #isResponsive(): Promise<boolean> {
    if (this.stage.host.exit || !this.daemon.isConnected) return false;
    // Before the welcome it has to keep silent.
    if (!this.daemon.isWelcomed) return true;
    try {
      await this.daemon.call('ping', {}, { limitMs: PROBE_LIMIT_MS });
      return true;
    } catch (error) {
      if (error instanceof Violation) return false;
      throw error;
    }
  }
}

/** Plays a scenario to its end, or to the first thing that makes the rest impossible. */
export async function playScenario(scenario: Scenario, stage: Stage): Promise<PlayedDaemon> {
  const play = new Play(stage);
  try {
    await scenario.play(play);
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    const cause = error.rule ?? error.otherwise;
    if (cause !== null) play.judge.broken(cause, error.message, play.evidence(0));
    const reason = cause === null ? error.message : `${cause} broke before: ${error.message}`;
    for (const { rule } of scenario.checks) if (rule !== cause) play.judge.notReached(rule, reason, cause);
  }
  return play.daemon;
}
