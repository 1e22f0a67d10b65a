// Imports of a project of our own: entries under `data:` of a pipeline file, with the place that they come from.
import { PipeError } from '../base/problem.ts';
import type { ImportFiles } from '../dialect.ts';

export const ownImports: ImportFiles = {
  declare() {
    throw new PipeError({
      code: 'import-refused',
      title: 'imports need a DVC repository',
      hint: 'download it in a stage, or put the file into git',
    });
  },
  follow: () => undefined,
};
