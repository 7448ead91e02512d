/** A named patch to the product that violates a statement, and the test that must notice. Texts are exact. */
export interface Proof {
  /** `S28`. Also `decision 34`, where a decision of ours has its own test. */
  readonly statement: string;
  /** The citing test file, from the root of the repository. */
  readonly test: string;
  /** Its whole title, with those of the suites around it in front, as vitest prints it without `>`. */
  readonly title: string;
  /** The file of the product that is patched, from the root of the repository. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  /** One line: what the patch makes the product do wrong. */
  readonly breaks: string;
}
