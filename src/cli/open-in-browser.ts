// Opens a file in the user's browser.
import { relative } from 'node:path';
import { PipeError } from '../base/problem.ts';
import { runProgram } from '../base/run-program.ts';

/** @param file absolute. @throws PipeError where there is no browser. */
export function openInBrowser(file: string): void {
  const program = process.platform === 'darwin' ? 'open' : 'xdg-open';
  const end = runProgram(program, [file]);
  if (end.kind === 'exited' && end.code === 0) return;
  throw new PipeError({
    code: 'no-browser',
    title: `cannot open a browser with ${program}`,
    hint: `open the file yourself: ${relative(process.cwd(), file)}`,
  });
}
