// The top of the program: prints expected failures without a stack, and anything else as a bug.
import { PipeError } from '../base/problem.ts';
import { systemError } from '../disk/system-problem.ts';
import { problemText } from '../show/text/problem-text.ts';
import { safeOutput, spelledLines, spelledOut } from '../show/text/spell-out.ts';
import { wantsColour } from '../show/text/colour.ts';

/** Prints a usage error of commander; what the user typed in it is made safe to show. */
export function writeUsageError(text: string, write: (text: string) => void): void {
  const shown = process.argv
    .slice(2)
    .filter((argument) => argument.includes('\n'))
    .reduce((spelled, argument) => spelled.replaceAll(argument, () => spelledOut(argument)), text);
  write(safeOutput(shown, false));
}

/** @returns the exit code. */
export function reportError(thrown: unknown): number {
  const error = systemError(thrown);
  if (error instanceof PipeError) {
    process.stderr.write(
      error.problems.map((problem) => problemText(problem, wantsColour(process.stderr))).join('\n\n') + '\n',
    );
    return error.exitCode;
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  process.stderr.write(
    `This is a bug in pipe, not a mistake of yours. Please report it with the following lines:\n${spelledLines((stack ?? message).replace(message, () => spelledOut(message)))}\n`,
  );
  return 70; // EX_SOFTWARE of sysexits.h
}
