// The one problem of a `-S` that cannot be read.
import { PipeError } from '../../base/problem.ts';

export function sweepProblem(text: string, title: string): PipeError {
  return new PipeError({
    code: 'bad-sweep',
    title: `-S ${text}: ${title}`,
    hint: 'write lr=0.1,0.2 or lr=choice(0.1, 0.2) or n=range(1, 10, 3), with --random also lr=interval(0.1, 0.5); a text with commas in quotes',
  });
}
