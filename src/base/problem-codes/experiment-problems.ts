// Problems of experiments.
import type { ProblemEntry } from './entry.ts';

export const experimentProblems = {
  'exp-name': {
    meaning:
      'The name of an experiment has characters that a file or a git branch cannot have, or is used by commands.',
    cure: 'Use letters, digits, `-`, `_` and `.`.',
  },
  'exp-unknown': {
    meaning: 'No experiment has this name.',
    cure: '`pipe exp show` lists them; `pipe exp pull` brings those of others.',
  },
  'exp-unreadable': {
    meaning: 'The record of an experiment is damaged, or a newer version of pipe wrote it.',
    cure: 'Update pipe, or move the file away. Garbage collection stops meanwhile: it cannot know which results the record names.',
  },
} satisfies Record<string, ProblemEntry>;
