// `pipe completion names`: the names that the scripts ask for, one a line.
import { PipeError } from '../../base/problem.ts';
import { runProgram } from '../../base/run-program.ts';
import { namesIn } from '../../experiment/record-files.ts';
import { WORKSPACE } from '../../revision/revision-at.ts';
import { experimentsPlace } from '../../session/experiments-place.ts';
import { readStageNames } from '../../session/stage-names.ts';
import type { NameKind } from './shells.ts';

/** Prints nothing where no pipeline can be read: a shell shows no errors while it completes. @returns the exit code. */
export async function namesCommand(kind: NameKind): Promise<number> {
  try {
    for (const name of await namesOf(kind)) process.stdout.write(`${name}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof PipeError)) throw error;
    return error.exitCode;
  }
}

async function namesOf(kind: NameKind): Promise<readonly string[]> {
  if (kind === 'targets' || kind === 'remotes') return (await readStageNames())[kind];
  const { folder } = await experimentsPlace();
  const experiments = namesIn(folder);
  return kind === 'experiments' ? experiments : [WORKSPACE, ...refNames(), ...experiments];
}

/** Branches and tags. */
function refNames(): readonly string[] {
  const end = runProgram('git', ['for-each-ref', '--format=%(refname:short)', 'refs/heads', 'refs/tags']);
  return end.kind === 'exited' && end.code === 0 ? end.stdout.split('\n').filter(Boolean) : [];
}
