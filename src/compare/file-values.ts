// The values that were read from files of one revision.
import type { PipeError, Problem } from '../base/problem.ts';
import type { WorkspacePath } from '../base/workspace-path.ts';
import type { Value } from '../base/value.ts';

/** Why there are no values. */
export interface Failure {
  /** As DVC's `--json` calls it: `FileNotFoundError`, `JSONFileCorruptedError`, … */
  readonly type: string;
  readonly message: string;
  readonly problems: readonly Problem[];
}

/** Of a revision that cannot be loaded. */
export const failureOf = ({ message, problems }: PipeError): Failure => ({
  type: 'PipeError',
  message,
  problems,
});

export type FileValues =
  | { readonly kind: 'values'; readonly value: Value }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** By path from the root, in the order of the declarations. */
export type FilesValues = ReadonlyMap<WorkspacePath, FileValues>;

/** Of one revision, the workspace or an experiment. */
export interface SideValues {
  readonly name: string;
  /** Undefined where the revision cannot be loaded. */
  readonly files: FilesValues | undefined;
  readonly failure?: Failure;
}

/** The values alone; none where the revision cannot be loaded. */
export const valuesOf = ({ files }: SideValues): ReadonlyMap<WorkspacePath, Value> =>
  new Map([...(files ?? [])].flatMap(([path, read]) => (read.kind === 'values' ? [[path, read.value]] : [])));

/** Everything that could not be read. */
export function failuresOf({ files, failure }: SideValues): readonly Failure[] {
  if (failure) return [failure];
  return [...(files ?? new Map<string, FileValues>()).values()].flatMap((read) =>
    read.kind === 'failed' ? [read.failure] : [],
  );
}
