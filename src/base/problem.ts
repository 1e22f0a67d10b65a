// Problems: the one form of every expected failure. Owns no texts: the code that finds a problem words it.
import type { ProblemCode } from './problem-codes.ts';

/** A place in a file; `line` and `column` count from 1. */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  /** The text of that line, shown under the message with a caret. */
  readonly source?: string;
}

/** For a line that has a secret. */
export const withoutText = ({ file, line, column }: Place): Place => ({
  file,
  ...(line !== undefined && { line }),
  ...(column !== undefined && { column }),
});

/** A user's mistake or an expected failure. */
export interface Problem {
  readonly code: ProblemCode;
  /** One sentence: what happened. */
  readonly title: string;
  /** Aligned under the title: label and value. */
  readonly facts?: readonly (readonly [label: string, value: string])[];
  /** What to do. */
  readonly hint?: string;
  readonly place?: Place;
}

/** Carries problems to the top of the program, which prints them without a stack trace. */
export class PipeError extends Error {
  readonly problems: readonly Problem[];
  readonly exitCode: number;

  constructor(problems: Problem | readonly Problem[], exitCode = 1) {
    const list = [problems].flat() as readonly Problem[];
    super(list.map((problem) => problem.title).join('; '));
    this.name = 'PipeError';
    this.problems = list;
    this.exitCode = exitCode;
  }
}

/** For a problem about a line that may have a secret. */
export const withoutLine = (problem: Problem): Problem =>
  problem.place ? { ...problem, place: withoutText(problem.place) } : problem;

/** For files that have secrets: problems show no line of them, where a secret can be under a misspelled key, too. */
export function withoutLines<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof PipeError)) throw error;
    const { problems, exitCode } = error;
    throw new PipeError(problems.map(withoutLine), exitCode);
  }
}

/** `Error.code` of a failed system call (`ENOENT`, …), or undefined for anything else. */
export function errno(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
