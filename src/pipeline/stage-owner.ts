// The file and folder that stages belong to. Data only.
import type { FileFormat } from './format/file-format.ts';
import type { WorkspacePath } from '../base/workspace-path.ts';

/** Where the stages of a file belong. */
export interface StageOwner {
  /** The pipeline file that they are addressed by. */
  readonly file: WorkspacePath;
  /** What their `wdir` is relative to. */
  readonly folder: WorkspacePath;
  readonly format: FileFormat;
  /** Stands before every name. */
  readonly prefix: string;
}
