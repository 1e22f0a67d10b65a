// What the documentation says about a problem code. Data only.

export interface ProblemEntry {
  readonly meaning: string;
  /** What to do. */
  readonly cure: string;
}
