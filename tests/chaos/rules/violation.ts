/** A rule that was broken, by which resource (`web@3`) or host, and what the rule looked at. */
export interface Violation {
  readonly rule: string;
  readonly subject: string;
  readonly detail: string;
}
