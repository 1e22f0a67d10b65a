// Why a plot, or a file that it reads, cannot be drawn. Others are drawn nevertheless.
import { PipeError, type Problem } from '../base/problem.ts';

export class PlotFault extends Error {
  /** As DVC names the kind of failure in its JSON. */
  readonly type: string;
  readonly problem: Problem;

  /** @param message of JSON, where it differs from the title */
  constructor(type: string, problem: Problem, message: string = problem.title) {
    super(message);
    this.type = type;
    this.problem = problem;
  }
}

/** @throws what is neither a fault nor an expected problem. */
export function asFault(error: unknown): PlotFault {
  if (error instanceof PlotFault) return error;
  if (error instanceof PipeError) return new PlotFault('PipeError', error.problems[0]!);
  throw error;
}
