// Problems of plots, their files, templates and declarations; and of results that are asked for.
import type { ProblemEntry } from './entry.ts';

export const plotProblems = {
  'result-missing': {
    meaning: 'The bytes of a file cannot be found: it is not recorded, or the cache does not have it.',
    cure: 'Correct the path, fetch it with `pipe pull`, or run its stage.',
  },
  'plot-missing': {
    meaning: 'A file that a plot reads exists neither in the workspace or revision nor in the cache.',
    cure: 'Run its stage, fetch it with `pipe pull`, or correct the path of the plot.',
  },
  'unknown-plot': {
    meaning: 'A target of `pipe plots` is neither a plot nor a file.',
    cure: 'Name a plot as `pipe plots show` writes it, or a file from the current folder.',
  },
  'plot-data': {
    meaning:
      'A file cannot be plotted: it is damaged, of another format, or has no list of objects with the same keys.',
    cure: 'Write CSV, TSV, JSON, YAML or TOML with one row for each point, or an image.',
  },
  'plot-fields': {
    meaning:
      'A plot names a field that its data does not have, or joins files that have different numbers of rows.',
    cure: 'Correct `x` or `y` of the plot.',
  },
  'plot-template': {
    meaning:
      'The template of a plot does not exist, is not JSON, has no place for the data, or cannot be drawn.',
    cure: 'Name one that `pipe plots templates` lists, or correct the file.',
  },
  'plot-out-exists': {
    meaning: 'A page or an SVG file would replace a file that `pipe plots` did not write.',
    cure: 'Name another folder with `--out`, or move the file away.',
  },
  'page-out-exists': {
    meaning: 'The page of a project would replace a file that `pipe ui` did not write.',
    cure: 'Name another file, or move it away.',
  },
  'no-browser': {
    meaning: 'The system could not open a page in a browser.',
    cure: 'Open the file yourself.',
  },
  'nothing-to-plot': {
    meaning: 'No plot is declared, or none of those that were asked for can be drawn.',
    cure: 'Declare files under `plots:` of a stage or of the pipeline file, or name them on the command line.',
  },
} satisfies Record<string, ProblemEntry>;
