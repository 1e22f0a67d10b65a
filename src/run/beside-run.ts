// What a run does for other programs that work in the same repository, beside running stages.
import type { Stage } from '../pipeline/stage.ts';

export interface BesideRun {
  /** The other program cannot write during the work. */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
  /** Locks the paths of a stage that runs, for the other program. @returns how to unlock them. */
  claim(stage: Stage): Promise<() => Promise<void>>;
  /** @throws PipeError for a cached output that git tracks. */
  refuseTracked(stage: Stage): void;
  /** Adds missing lines for the stage's cached outputs to `.gitignore`. */
  ignore(stage: Stage): void;
  /** Removes the lines for the stage's outputs from `.gitignore`. */
  unignore(stage: Stage): void;
  /** Adds what the run wrote to git, if the repository is configured so. Called once everything is recorded. */
  addToGit(): void;
  close(): void;
}
