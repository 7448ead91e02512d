import { Judge, type CheckResult, type Result } from './judge.ts';
import { hostRules } from './rules.ts';
import { playScenario } from './scenario.ts';
import { allChecks, SCENARIOS } from './scenarios.ts';
import { type HostUnderCheck, Stage } from './stage.ts';
import { Watch } from './checks/watched.ts';

export interface KitOptions {
  /** Only these rules; null for all. */
  readonly only: readonly string[] | null;
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

/** Plays every scenario against a host of its own, one after the other. */
export async function runKit(underCheck: HostUnderCheck, { only, signal, progress }: KitOptions): Promise<Report> {
  const startedAt = performance.now();
  const judge = new Judge(hostRules());
  const wanted = allChecks().filter(({ rule }) => only === null || only.includes(rule));
  const watch = new Watch(judge);
  let software: Report['software'] = null;
  const scenarios = SCENARIOS.filter(({ checks }) => checks.some((check) => wanted.includes(check)));
  // Whoever wants watched rules only still wants to see something happen.
  const played = scenarios.length > 0 ? scenarios : SCENARIOS;
  for (const [index, scenario] of played.entries()) {
    progress(`${index + 1}/${played.length} ${scenario.name}`);
    await onStage(underCheck, judge, signal, async (stage) => {
      const daemon = await playScenario(scenario, stage);
      watch.look(stage, daemon);
      software ??= daemon.hello?.software ?? null;
    });
  }
  watch.settle();
  const checks = judge.results(wanted);
  return { command: underCheck.command, software, checks, summary: summaryOf(checks), ms: Math.round(performance.now() - startedAt) };
}

/** The stage is struck whatever happens; an interruption does not wait for the act to end. */
async function onStage(underCheck: HostUnderCheck, judge: Judge, signal: AbortSignal, act: (stage: Stage) => Promise<void>): Promise<void> {
  signal.throwIfAborted();
  const stage = await Stage.set(underCheck, judge);
  const interrupted = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
  interrupted.catch(() => {});
  try {
    await Promise.race([act(stage), interrupted]);
  } finally {
    await stage.strike();
  }
}

function summaryOf(checks: readonly CheckResult[]): Report['summary'] {
  const count = (wanted: Result): number => checks.filter(({ result }) => result === wanted).length;
  return {
    pass: count('pass'),
    fail: count('fail'),
    warn: count('warn'),
    notApplicable: count('notApplicable'),
    notReached: count('notReached'),
  };
}
