import type { Judge } from './judge.ts';
import { PlayedDaemon } from './played-daemon.ts';
import type { Stage } from './stage.ts';
import { Violation } from './violation.ts';

const EVIDENCE_LINES = 8;
/** For a host that may only be slow, before the kit believes that it is stuck. */
const PROBE_LIMIT_MS = 2_000;

/** How one rule is checked. */
export interface Check {
  readonly rule: string;
  readonly expected: string;
  /** What to look at when it fails. */
  readonly hint: string;
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

  /** The last lines of what happened since `mark`. */
  evidence(mark: number): readonly string[] {
    return this.stage.journal.tail(Math.min(EVIDENCE_LINES, this.stage.journal.mark - mark));
  }

  /**
   * Checks one rule: it holds when `body` returns, which may say what came; whatever breaks in it breaks this rule, unless it names another.
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
      this.judge.broken(rule, error.message, this.evidence(mark));
      if (endsHost) await this.stage.host.end(0);
      else if (!(await this.#isResponsive())) throw new Violation(rule, error.message);
      return false;
    }
  }

  /** A rule about something that is not there to be seen. */
  notApplicable(rule: string, reason: string): void {
    this.judge.notApplicable(rule, reason);
  }

  async #isResponsive(): Promise<boolean> {
    if (this.stage.host.exit || !this.daemon.isConnected) return false;
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
