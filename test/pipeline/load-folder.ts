// Loads the project around a folder, without a command.
import { dvcLoading } from '../../src/dvc/loading.ts';
import { ownLoading } from '../../src/own/loading.ts';
import { findRoot } from '../../src/pipeline/find-root.ts';
import { loadProject } from '../../src/pipeline/load.ts';
import type { Overlay } from '../../src/pipeline/params/overlay.ts';
import type { Project } from '../../src/pipeline/project.ts';

export function loadFolder(folder: string, overlay: Overlay): Project {
  const { root, pipelineFile, isDvcRepository } = findRoot(folder);
  return loadProject({ root, pipelineFile, loading: isDvcRepository ? dvcLoading : ownLoading }, overlay);
}
