import { AndonError } from '@andon/protocol/errors';

/** What keeps a step from being as the protocol says. */
export class Violation extends Error {
  /** The rule that it breaks; null when no rule forbids it, and it only stands in the way of what was to come. */
  readonly rule: string | null;
  /** The rule that it breaks when nobody was just looking at another one. */
  readonly otherwise: string | null;

  constructor(rule: string | null, came: string, otherwise: string | null = null) {
    super(came);
    this.name = 'Violation';
    this.rule = rule;
    this.otherwise = otherwise;
  }
}

/** What breaks no rule and stands in the way all the same, such as an online that the resource itself refuses. */
export class Obstacle extends Violation {
  constructor(came: string) {
    super(null, came);
  }
}

/** Within a trial: what came, if it is not what was expected. The trial knows the rule. */
export function expects(holds: boolean, came: string): asserts holds {
  if (!holds) throw new Violation(null, came);
}

/** The host cannot be checked at all. */
export function uncheckable(detail: string, hint: string): AndonError {
  return new AndonError('hostUncheckable', { detail, hint });
}
