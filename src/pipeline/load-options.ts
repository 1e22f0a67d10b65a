// What loading any pipeline file of a project needs. Types only.
import type { WorkspacePath } from '../base/workspace-path.ts';
import type { OverlayMerge } from './params/overlay-merge.ts';
import type { ProjectRoot } from './project.ts';
import type { FlagStyle } from './template/flags.ts';

export interface LoadOptions {
  readonly at: ProjectRoot;
  readonly overlay: OverlayMerge;
  readonly flags: FlagStyle;
  /** Texts to use in place of the content of files. */
  readonly drafts?: ReadonlyMap<WorkspacePath, string>;
}
