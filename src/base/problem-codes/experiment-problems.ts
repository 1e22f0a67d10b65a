// Problems of experiments.
import type { ProblemEntry } from './entry.ts';

export const experimentProblems = {
  'bad-pattern': {
    meaning: 'A pattern of `--only` or `--drop` is not a regular expression.',
    cure: 'Correct it; a special character that is meant itself needs a backslash before it.',
  },
  'bad-sweep': {
    meaning: 'A `-S` of `pipe exp run`, or the file of `--grid`, gives values in a way that cannot be read.',
    cure: 'Write `lr=0.1,0.2`, `lr=choice(0.1, 0.2)` or `n=range(1, 10, 3)`; put a text with commas into quotes.',
  },
  'exp-branch-exists': {
    meaning: 'Git has a branch of this name.',
    cure: 'Give the branch another name: `pipe exp branch NAME BRANCH`.',
  },
  'exp-column': {
    meaning: 'No experiment has the parameter or metric that `--best` or `--sort` names.',
    cure: 'Use a name from the head of the table, or `FILE:key`.',
  },
  'exp-exists': {
    meaning: 'Another experiment has this name.',
    cure: 'Choose another name, or remove the other one.',
  },
  'exp-running': {
    meaning: 'The experiment runs now, so its record cannot be changed.',
    cure: 'Wait for its end, or stop it.',
  },
  'exp-unnamed': {
    meaning: '`pipe exp remove` was called without names.',
    cure: 'Name the experiments, or give `--failed` or `--all`.',
  },
  'exp-file-missing': {
    meaning: 'The experiment has values of a parameter file that the workspace lacks.',
    cure: 'Go to the commit that the experiment was made at.',
  },
  'exp-lost': {
    meaning: 'The cache lacks outputs of the experiment.',
    cure: 'Run the experiment again, or fetch its outputs from a remote.',
  },
  'exp-other-code': {
    meaning:
      'The experiment was made at another commit, or with changes that were not committed. Its parameters and outputs are in the workspace, its code is not.',
    cure: 'Go to that commit if its code is meant; else `pipe repro` runs the stages whose files differ.',
  },
  'exp-stale': {
    meaning: 'The workspace is not as its lock file records it, so it has no result that could be saved.',
    cure: 'Run `pipe repro` first.',
  },
  'exp-unfinished': {
    meaning: 'The experiment failed, was interrupted or is running.',
    cure: 'Finish it: `pipe exp run NAME --failed`.',
  },
  'exp-input-changed': {
    meaning:
      'A stage of an experiment changed a file that it declares as an input, or the file changed in the workspace meanwhile.',
    cure: 'Let the stage write to outputs of its own.',
  },
  'exp-no-commit': {
    meaning: 'The experiment was made outside of git, so there is no commit that a branch could start from.',
    cure: 'Commit the project and run the experiment again: its results come from the cache.',
  },
  'exp-outside': {
    meaning: 'A stage writes outside of the project, where all experiments would write the same file.',
    cure: 'Write to a path inside of the project.',
  },
  'undeclared-write': {
    meaning: 'A stage of an experiment wrote files that it does not declare as outputs. They are not kept.',
    cure: 'Declare them under `outs:` if they are of use, and ignore the warning otherwise.',
  },
  'exp-name': {
    meaning:
      'The name of an experiment has characters that a file or a git branch cannot have, or is used by commands.',
    cure: 'Use letters, digits, `-`, `_` and `.`.',
  },
  'exp-unknown': {
    meaning: 'No experiment has this name.',
    cure: '`pipe exp show` lists them.',
  },
  'exp-unreadable': {
    meaning: 'The record of an experiment is damaged, or a newer version of pipe wrote it.',
    cure: 'Update pipe, or move the file away. Garbage collection stops meanwhile: it cannot know which results the record names.',
  },
} satisfies Record<string, ProblemEntry>;
