// The file and folder to which the stages of a file belong. Data only.
import type { FileFormat } from './format/file-format.ts';
import type { WorkspacePath } from '../base/workspace-path.ts';

export interface StageOwner {
  /** The pipeline file that they are addressed by. */
  readonly file: WorkspacePath;
  /** What their `wdir` is relative to. */
  readonly folder: WorkspacePath;
  readonly format: FileFormat;
  /** Precedes the name of each of its stages. */
  readonly prefix: string;
}
