// Problems of data that no stage makes.
import type { ProblemEntry } from './entry.ts';

export const dataProblems = {
  'data-missing': {
    meaning: 'What is to be added, moved or recorded does not exist.',
    cure: 'Correct the path.',
  },
  'data-refused': {
    meaning:
      'The path cannot be data: it is outside of the project, belongs to the project itself or to git, or leads through a symlink.',
    cure: 'The help of the message says what to do for this path.',
  },
  'data-overlaps': {
    meaning: 'The path is an output of a stage, or contains data or outputs that are tracked already.',
    cure: 'Let the stage make it, or stop tracking what it contains (`pipe remove`) and add it again.',
  },
  'data-in-git': {
    meaning: 'Git tracks the path, or files in it: the same bytes cannot be in git and in the cache.',
    cure: 'Remove it from git (`git rm -r --cached PATH`, then `git commit`), and add it again.',
  },
  'data-ignored': {
    meaning:
      'The `.dvc` file of the data would be ignored by git or `.dvcignore`, so that DVC would refuse it.',
    cure: 'Move the data, or change the pattern.',
  },
  'data-file-exists': {
    meaning: 'A `.dvc` file with the name that the data needs exists, and declares something else.',
    cure: 'Move it away, or rename the data.',
  },
  'data-needs-pipeline': {
    meaning:
      'Data is declared in a pipeline.yaml or, in a DVC repository, in `.dvc` files; a dvc.yaml alone has no place for it.',
    cure: 'Rename dvc.yaml to pipeline.yaml, or run `dvc init`.',
  },
  'data-part-unknown': {
    meaning:
      'A part of a folder is to be recorded, and the cache does not have the recorded list of its files.',
    cure: 'Fetch it (`pipe fetch FOLDER`), or add the whole folder.',
  },
  'not-data': {
    meaning: 'The command works on data that no stage makes, and the path is none.',
    cure: '`pipe stage list` shows what there is; outputs of stages are changed in the pipeline file.',
  },
  'move-target': {
    meaning: 'Data cannot be moved to this path: something is there, or it cannot be data.',
    cure: 'Choose another path, or move away what is there.',
  },
} as const satisfies { readonly [code: string]: ProblemEntry };
