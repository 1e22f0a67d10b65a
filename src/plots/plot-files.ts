// Where plots find their data: the workspace, or a project at a git revision. Types only.
import type { WorkspacePath } from '../base/workspace-path.ts';

export interface PlotFiles {
  /** The files of a folder, at any depth; the path itself for anything else. */
  files(at: WorkspacePath): Promise<readonly WorkspacePath[]>;
  isFolder(at: WorkspacePath): boolean;
  /** Undefined where there is no such file. @throws PipeError for one that cannot be read. */
  read(at: WorkspacePath): Promise<Buffer | undefined>;
}
