// Every code that a problem can have, with its meaning and its cure: the source of docs/errors.md.
import { dataProblems } from './problem-codes/data-problems.ts';
import { experimentProblems } from './problem-codes/experiment-problems.ts';
import { fileProblems } from './problem-codes/file-problems.ts';
import { pipelineProblems } from './problem-codes/pipeline-problems.ts';
import { plotProblems } from './problem-codes/plot-problems.ts';
import { remoteProblems } from './problem-codes/remote-problems.ts';
import { runProblems } from './problem-codes/run-problems.ts';
import { sourceProblems } from './problem-codes/source-problems.ts';

export const problemCodes = {
  ...fileProblems,
  ...dataProblems,
  ...runProblems,
  ...experimentProblems,
  ...pipelineProblems,
  ...remoteProblems,
  ...sourceProblems,
  ...plotProblems,
};

export type ProblemCode = keyof typeof problemCodes;
