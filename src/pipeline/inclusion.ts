// A loaded pipeline file, and how another file includes it. Data only.
import type { Problem } from '../base/problem.ts';
import type { WorkspacePath } from '../base/workspace-path.ts';
import type { Value, ValueMap } from '../base/value.ts';
import type { YamlSource } from '../yaml/yaml-source.ts';
import type { Reports } from './reports.ts';
import type { Stage } from './stage.ts';
import type { StageOwner } from './stage-owner.ts';

export interface PipelineFile {
  /** Where its values are. */
  readonly source: Pick<YamlSource, 'place'>;
  /** Its own, then those of the files it includes. */
  readonly stages: readonly Stage[];
  /** The file and those it includes. */
  readonly files: readonly WorkspacePath[];
  /** What the names of their templates come from: params.yaml and the files of `vars`. */
  readonly variableFiles: readonly WorkspacePath[];
  /** Of the file and those it includes. */
  readonly warnings: readonly Problem[];
  /** `config:` as declared. */
  readonly config: Value | undefined;
  /** Of the file and those it includes. */
  readonly reports: readonly Reports[];
}

/** How a file is included. */
export interface Inclusion {
  readonly owner: Omit<StageOwner, 'format'>;
  /** Files that are being included, outermost first. */
  readonly chain: readonly WorkspacePath[];
  /** Replaces values of the file by `vars` of the include: mappings merge deeply, other values are replaced or added. */
  override(values: ValueMap): ValueMap;
}
