import { Watch } from './checks/watched.ts';
import { exitWords } from './host-process.ts';
import { Judge, type CheckResult, type Result } from './judge.ts';
import { hostRules } from './rules.ts';
import { playScenario, type Scenario } from './scenario.ts';
import { allChecks, SCENARIOS } from './scenarios.ts';
import { type HostUnderCheck, Stage } from './stage.ts';
import { uncheckable } from './violation.ts';

/** For a host that was asked to end, before it is made to; and for one that did not listen once. */
const PATIENCE_MS = 3_000;
const NO_PATIENCE_MS = 200;

export interface KitOptions {
  /** Only these rules; null for all. */
  readonly only: readonly string[] | null;
  /** Aborted: everything is cleaned up, and the run rejects. */
  readonly signal: AbortSignal;
  /** Is told of the scenario that begins. */
  readonly progress: (text: string) => void;
}

/** The JSON document of the command. */
export interface Report {
  readonly command: readonly string[];
  /** What the host says of itself in its hello. */
  readonly software: { readonly name: string; readonly version: string } | null;
  readonly checks: readonly CheckResult[];
  readonly summary: Readonly<Record<Result, number>>;
  readonly ms: number;
}

/** One run of the kit over one host. */
export async function runKit(underCheck: HostUnderCheck, options: KitOptions): Promise<Report> {
  return new Run(underCheck, options).report();
}

class Run {
  readonly #underCheck: HostUnderCheck;
  readonly #options: KitOptions;
  readonly #judge = new Judge(hostRules());
  readonly #watch = new Watch(this.#judge);
  #software: Report['software'] = null;
  #patienceMs = PATIENCE_MS;

  constructor(underCheck: HostUnderCheck, options: KitOptions) {
    this.#underCheck = underCheck;
    this.#options = options;
  }

  /** Plays every scenario against a host of its own, one after the other. */
  async report(): Promise<Report> {
    const startedAt = performance.now();
    const { only, progress } = this.#options;
    const wanted = allChecks().filter(({ rule }) => only === null || only.includes(rule));
    const scenarios = SCENARIOS.filter(({ checks }) => checks.some((check) => wanted.includes(check)));
    // Whoever wants only what no scenario looks for still wants to see something happen.
    const played = scenarios.length > 0 ? scenarios : SCENARIOS;
    for (const [index, scenario] of played.entries()) {
      progress(`${index + 1}/${played.length} ${scenario.name}`);
      if (!(await this.#play(scenario))) break;
    }
    this.#watch.settle();
    const checks = this.#judge.results(wanted);
    const ms = Math.round(performance.now() - startedAt);
    return { command: this.#underCheck.command, software: this.#software, checks, summary: summaryOf(checks), ms };
  }

  /** False: the host does not say hello in a way that lets the kit go on. */
  async #play(scenario: Scenario): Promise<boolean> {
    return this.#onStage(async (stage) => {
      const daemon = await playScenario(scenario, stage);
      if (daemon.hello === null) return this.#withoutHello(stage);
      this.#watch.look(stage, daemon);
      this.#software ??= daemon.hello.software ?? null;
      return true;
    });
  }

  #withoutHello(stage: Stage): false {
    const { exit } = stage.host;
    if (stage.connections === 0) {
      const what = exit ? `it ${exitWords(exit)}` : 'it runs, and did not connect to ANDON_SOCKET';
      throw uncheckable(
        `The host never said hello: ${what}${stage.lastWords()}`,
        'Start the command by hand with ANDON_SOCKET set, or see --verbose.',
      );
    }
    for (const { rule } of allChecks())
      if (rule !== 'H-1') this.#judge.notReached(rule, 'H-1 broke before: there is no hello to go on from', 'H-1');
    return false;
  }

  /** The stage is struck whatever happens; an interruption does not wait for the act to end. */
  async #onStage<Outcome>(act: (stage: Stage) => Promise<Outcome>): Promise<Outcome> {
    const { signal } = this.#options;
    signal.throwIfAborted();
    const stage = await Stage.set(this.#underCheck, this.#judge);
    const interrupted = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
    interrupted.catch(() => {});
    try {
      return await Promise.race([act(stage), interrupted]);
    } finally {
      const obeyed = await stage.strike(this.#patienceMs);
      if (!obeyed) this.#patienceMs = NO_PATIENCE_MS;
    }
  }
}

function summaryOf(checks: readonly CheckResult[]): Report['summary'] {
  const count = (wanted: Result): number => checks.filter(({ result }) => result === wanted).length;
  const [pass, fail, warn] = [count('pass'), count('fail'), count('warn')];
  return { pass, fail, warn, notApplicable: count('notApplicable'), notReached: count('notReached') };
}
