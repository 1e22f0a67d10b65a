// Loads the project around a folder, without a command.
import { dvcLoading } from '../../src/dvc/dvc.ts';
import { ownLoading } from '../../src/own/own.ts';
import { findRoot, loadProject, type Overlay, type Project } from '../../src/pipeline/pipeline.ts';

export function loadFolder(folder: string, overlay: Overlay): Project {
  const { root, pipelineFile, isDvcRepository } = findRoot(folder);
  return loadProject({ root, pipelineFile, loading: isDvcRepository ? dvcLoading : ownLoading }, overlay);
}
