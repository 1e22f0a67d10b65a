// The only error class of this package, with MLflow's own error code. Each message is written where the failure is found.

export interface MlflowErrorFacts {
  /**
   * MLflow's `error_code` (`RESOURCE_DOES_NOT_EXIST`, `INVALID_PARAMETER_VALUE`, …) or, where no server spoke,
   * one of ours: `UNREACHABLE`, `TIMEOUT`, `BAD_RESPONSE`, `HTTP_<status>`, `BAD_CONFIGURATION`, `BAD_RECORD`,
   * `BAD_ARTIFACT`, `EXPERIMENT_DELETED`.
   */
  readonly code: string;
  readonly message: string;
  /** HTTP status, where there was an answer. */
  readonly status?: number;
  /** What to do about it. */
  readonly hint?: string;
}

export class MlflowError extends Error {
  readonly code: string;
  readonly status: number | undefined;
  readonly hint: string | undefined;

  constructor(facts: MlflowErrorFacts, cause?: unknown) {
    super(facts.message, cause === undefined ? undefined : { cause });
    this.name = 'MlflowError';
    this.code = facts.code;
    this.status = facts.status;
    this.hint = facts.hint;
  }
}
