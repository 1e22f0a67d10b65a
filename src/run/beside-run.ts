// What a run does beside running stages, for other programs that work in the same repository.
import type { Stage } from '../pipeline/stage.ts';

export interface BesideRun {
  /** Keeps the other program from writing meanwhile. */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
  /** Enters the paths of a stage that runs where the other program looks. @returns how to take them out again. */
  claim(stage: Stage): Promise<() => Promise<void>>;
  /** @throws PipeError for a cached output that git tracks: it cannot be in both. */
  refuseTracked(stage: Stage): void;
  /** Adds the lines to `.gitignore` that are missing for the stage's cached outputs. */
  ignore(stage: Stage): void;
  /** Adds to git what was written for it, where the repository is set up so. Called once everything is recorded. */
  addToGit(): void;
  close(): void;
}
