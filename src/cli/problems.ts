// Problems that do not end a command: printed on stderr, or as part of its JSON.
import type { PipeError, Problem } from '../base/problem.ts';
import { wantsColour } from '../show/text/colour.ts';
import { problemText, warningText } from '../show/text/problem-text.ts';

export const problemJson = ({ code, title }: Problem): Pick<Problem, 'code' | 'title'> => ({ code, title });

/** On stderr. */
export const printProblem = (problem: Problem): void =>
  void process.stderr.write(problemText(problem, wantsColour(process.stderr)) + '\n');

/** On stderr. */
export const printWarning = (problem: Problem): void =>
  void process.stderr.write(warningText(problem, wantsColour(process.stderr)) + '\n');

const unreachable = new Set<string>();

/** Of a URL that counts as recorded, since it cannot be reached; once, however many stages read it. */
export function warnUnreachable({ problems }: PipeError): void {
  for (const problem of problems.filter(({ title }) => !unreachable.has(title))) {
    unreachable.add(problem.title);
    printWarning({ ...problem, title: `${problem.title}: it counts as recorded (--allow-missing)` });
  }
}
