// What went wrong, as a value: the one shape in which every expected failure reaches a reader.
// Owns no wording of its own: who finds the problem words it.
import type { ProblemCode } from './problem-codes.ts';

/** Where in a file a problem stands; `line` and `column` count from 1. */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  /** The text of that line, shown under the message with a caret. */
  readonly source?: string;
}

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

/** Carries problems to the top of the program, where they are printed; never shown with a stack. */
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

/** `Error.code` of a failed system call (`ENOENT`, …), or undefined for anything else. */
export function errno(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
