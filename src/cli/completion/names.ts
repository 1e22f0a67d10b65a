// `pipe completion names`: the names that the scripts ask for, one a line.
import { PipeError } from '../../base/problem.ts';
import { readStageNames, type StageNames } from '../../session/stage-names.ts';

/** Prints nothing where no pipeline can be read: a shell shows no errors while it completes. @returns the exit code. */
export async function namesCommand(kind: keyof StageNames): Promise<number> {
  try {
    for (const name of (await readStageNames())[kind]) process.stdout.write(`${name}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof PipeError)) throw error;
    return error.exitCode;
  }
}
