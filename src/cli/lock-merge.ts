// `pipe lock merge`: git's merge driver for lock files. git-setup.ts enters it in git.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { dialectOf } from '../session/load.ts';
import { spelledOut } from '../show/text/spell-out.ts';

/**
 * As git calls it: three files, of which `ours` receives the result. @param shown the path in the repository.
 * @returns the exit code. @throws PipeError for a side that cannot be read; git then leaves the merge to the user.
 */
export async function lockMergeCommand(
  base: string,
  ours: string,
  theirs: string,
  shown = 'pipeline.lock',
): Promise<number> {
  const { lockFile } = await dialectOf({ isDvcRepository: basename(shown) === 'dvc.lock' });
  const [before, our, their] = [base, ours, theirs].map((file) => readFileSync(file, 'utf8'));
  const { text, both } = lockFile.merge(before!, our!, their!, shown);
  // git's own temporary file: nothing reads it after a crash.
  writeFileSync(ours, text);
  if (both.length > 0)
    process.stderr.write(
      `${spelledOut(shown)}: both branches ran ${both.map(spelledOut).join(', ')}; our record is kept, \`pipe repro\` settles the rest\n`,
    );
  return 0;
}
