import type { ProtocolRule } from '@andon/protocol';
import type { Check } from './scenario.ts';

export type Result = 'pass' | 'fail' | 'warn' | 'notApplicable' | 'notReached';

/** What became of one rule. */
export interface CheckResult {
  readonly id: string;
  readonly level: ProtocolRule['level'];
  readonly chapter: string;
  readonly result: Result;
  readonly expected: string;
  readonly came: string;
  /** What was said on the wire right before a rule broke; empty otherwise. */
  readonly frames: readonly string[];
  readonly rule: string;
  readonly hint: string;
  /** Of `notReached`: the rule that broke before, if it was one. */
  readonly cause?: string;
}

interface Finding {
  readonly kind: 'broken' | 'held' | 'notApplicable' | 'notReached';
  readonly came: string;
  readonly frames?: readonly string[];
  readonly cause?: string | undefined;
}

/** The smaller, the more it counts among several findings on one rule. */
const WEIGHT = { broken: 0, held: 1, notApplicable: 2, notReached: 3 } as const;

/** Keeps for each rule the finding that counts: a rule that broke once is broken, whatever else was seen. */
export class Judge {
  readonly #rules: readonly ProtocolRule[];
  readonly #findings = new Map<string, Finding>();

  constructor(rules: readonly ProtocolRule[]) {
    this.#rules = rules;
  }

  held(rule: string, came: string): void {
    this.#note(rule, { kind: 'held', came });
  }

  /** `frames`: what was said right before. */
  broken(rule: string, came: string, frames: readonly string[] = []): void {
    this.#note(rule, { kind: 'broken', came, frames });
  }

  notApplicable(rule: string, reason: string): void {
    this.#note(rule, { kind: 'notApplicable', came: reason });
  }

  /** `cause`: the rule whose breach stood in the way; null when it was something else. */
  notReached(rule: string, came: string, cause: string | null): void {
    this.#note(rule, { kind: 'notReached', came, cause: cause ?? undefined });
  }

  isBroken(rule: string): boolean {
    return this.#findings.get(rule)?.kind === 'broken';
  }

  isSettled(rule: string): boolean {
    return this.#findings.has(rule);
  }

  /** In the order of the protocol. */
  results(checks: readonly Check[]): readonly CheckResult[] {
    return this.#rules.flatMap((rule) => {
      const check = checks.find((one) => one.rule === rule.id);
      return check ? [this.#result(rule, check)] : [];
    });
  }

  #result({ id, level, chapter, text }: ProtocolRule, check: Check): CheckResult {
    const { expected, hint } = check;
    const finding = this.#findingOn(check);
    const { came, frames = [], cause } = finding;
    const result = resultOf(finding.kind, level);
    return { id, level, chapter, result, expected, came, frames, rule: text, hint, ...(cause === undefined ? {} : { cause }) };
  }

  #findingOn({ rule, after = [] }: Check): Finding {
    const finding = this.#findings.get(rule) ?? { kind: 'notReached', came: 'no step of the kit came to it' };
    const cause = after.find((other) => this.isBroken(other));
    if (finding.kind !== 'broken' || cause === undefined) return finding;
    return { kind: 'notReached', came: `${cause} broke, which may be all that is wrong: ${finding.came}`, cause };
  }

  #note(rule: string, finding: Finding): void {
    const before = this.#findings.get(rule);
    if (!before || WEIGHT[finding.kind] < WEIGHT[before.kind]) this.#findings.set(rule, finding);
  }
}

function resultOf(kind: Finding['kind'], level: ProtocolRule['level']): Result {
  if (kind === 'held') return 'pass';
  if (kind === 'broken') return level === 'MUST' ? 'fail' : 'warn';
  return kind;
}
