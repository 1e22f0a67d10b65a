// What a pipeline file declares besides its stages: files to show and compare, and the variables that it uses.
import { isList, isMap, spellScalar } from '../base/spelling.ts';
import { workspacePath, type WorkspacePath } from '../base/workspace-path.ts';
import type { Scalar, Value, ValueMap } from '../base/value.ts';

export interface Reports {
  /** The pipeline file that declares them. */
  readonly file: WorkspacePath;
  /** What their paths are relative to. */
  readonly folder: WorkspacePath;
  /** Files, or folders of files. */
  readonly metrics: readonly WorkspacePath[];
  readonly params: readonly WorkspacePath[];
  /** `plots:` after templating: a list, or a mapping by id. */
  readonly plots: Value | undefined;
  /** `artifacts:` after templating. */
  readonly artifacts: Value | undefined;
  /** See `usedVariables`. */
  readonly variables: () => ReadonlyMap<WorkspacePath, ValueMap>;
}

/** @param top the file, with templates resolved in these keys. */
export function readReports(
  top: ValueMap,
  file: WorkspacePath,
  folder: WorkspacePath,
  root: string,
  variables: Reports['variables'],
): Reports {
  const paths = (key: string): readonly WorkspacePath[] => {
    const list = top.get(key);
    if (!isList(list)) return [];
    return list.flatMap((path) =>
      isList(path) || isMap(path) || path === null
        ? []
        : workspacePath(root, folder, spellScalar(path as Scalar)),
    );
  };
  return {
    file,
    folder,
    metrics: paths('metrics'),
    params: paths('params'),
    plots: top.get('plots'),
    artifacts: top.get('artifacts'),
    variables,
  };
}
