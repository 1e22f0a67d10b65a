// Reads the values of files at a revision: what cannot be read is a failure of its file alone.
import { extname } from 'node:path';
import { PipeError } from '../base/problem.ts';
import type { WorkspacePath } from '../base/workspace-path.ts';
import type { Value } from '../base/value.ts';
import type { Failure, FileValues } from '../compare/file-values.ts';
import { parseParamsFile } from '../pipeline/params/params-file.ts';
import type { RecordedOutput, Revision } from './project-at.ts';
import { isAbsence, readAt, type Absence, type ContentsStore } from './read-contents.ts';

/** Brings recorded outputs from their remotes into the cache, as far as these have them. */
export type Pull = (outputs: readonly RecordedOutput[]) => Promise<void>;

export interface Reading {
  readonly store: ContentsStore;
  /** Undefined where nothing is fetched. */
  readonly pull: Pull | undefined;
}

/** In the order of the paths. @param take what of a file counts. */
export async function readValues(
  revision: Revision,
  paths: readonly WorkspacePath[],
  { store, pull }: Reading,
  take: (value: Value, path: WorkspacePath) => Value = (value) => value,
): Promise<Map<WorkspacePath, FileValues>> {
  const found = new Map<WorkspacePath, Buffer | Absence>();
  for (const path of paths) found.set(path, await readAt(revision, path, store));
  const lacking = [...found.values()].flatMap((read) =>
    isAbsence(read) && read.kind === 'not-in-cache' ? [read.output] : [],
  );
  if (pull && lacking.length > 0) {
    await pull([...new Map(lacking.map((output) => [output.out.at, output])).values()]);
    for (const [path, read] of found)
      if (isAbsence(read) && read.kind === 'not-in-cache')
        found.set(path, await readAt(revision, path, store));
  }
  return new Map([...found].map(([path, read]) => [path, valuesIn(read, path, revision, take)]));
}

function valuesIn(
  read: Buffer | Absence,
  path: WorkspacePath,
  revision: Revision,
  take: (value: Value, path: WorkspacePath) => Value,
): FileValues {
  if (isAbsence(read)) return { kind: 'failed', failure: absent(read, path, revision) };
  try {
    return { kind: 'values', value: take(parseParamsFile(read, path).value, path) };
  } catch (error) {
    if (!(error instanceof PipeError)) throw error;
    return { kind: 'failed', failure: damaged(error, path, revision) };
  }
}

function absent({ kind }: Absence, path: WorkspacePath, { name }: Revision): Failure {
  const title = {
    absent: `${name} has no file '${path}'`,
    folder: `'${path}' of ${name} is a folder`,
    'not-in-cache': `the cache does not have '${path}' of ${name}`,
  }[kind];
  // As Python and DVC word them.
  const message = {
    absent: `[Errno 2] No such file or directory: '${path}'`,
    folder: `[Errno 21] Is a directory: '${path}'`,
    'not-in-cache': `[Errno 2] No storage files available: '${path}'`,
  }[kind];
  const hint = 'fetch it from its remote with --pull, or run its stage';
  return {
    type: kind === 'folder' ? 'IsADirectoryError' : 'FileNotFoundError',
    message,
    problems: [{ code: 'values-missing', title, ...(kind === 'not-in-cache' && { hint }) }],
  };
}

const FORMATS: Readonly<Record<string, string>> = { '.json': 'JSON', '.toml': 'TOML', '.py': 'Python' };

function damaged(error: PipeError, path: WorkspacePath, { name }: Revision): Failure {
  const format = FORMATS[extname(path).toLowerCase()] ?? 'YAML';
  return {
    type: `${format}FileCorruptedError`,
    message: error.message,
    problems: error.problems.map((problem) => ({
      ...problem,
      ...(problem.place &&
        name !== 'workspace' && {
          place: { ...problem.place, file: `${name}:${problem.place.file}` },
        }),
    })),
  };
}
