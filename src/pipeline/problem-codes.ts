// Every code a problem can carry, with its meaning and its cure: the source of docs/errors.md.

interface CodeEntry {
  readonly meaning: string;
  readonly cure: string;
}

const define = <const T extends Record<string, CodeEntry>>(entries: T): T => entries;

export const problemCodes = define({
  'no-pipeline': {
    meaning: 'No pipeline file was found here or in any parent folder.',
    cure: 'Go to the project folder, or write a pipeline.yaml (`pipe init` makes an annotated one).',
  },
});

export type ProblemCode = keyof typeof problemCodes;
