// Problems of experiments.
import type { ProblemEntry } from './entry.ts';

export const experimentProblems = {
  'bad-pattern': {
    meaning: 'A pattern of `--only` or `--drop` is not a regular expression.',
    cure: 'Correct it; a special character that is meant itself needs a backslash before it.',
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
