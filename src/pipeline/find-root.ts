// Finds the project to which a folder belongs.
import { dirname, join, resolve } from 'node:path';
import { PipeError } from '../base/problem.ts';
import type { ProjectRoot } from './project.ts';
import { existsSync, statSync } from '../disk/witnessed-fs.ts';

export type FoundRoot = Pick<ProjectRoot, 'root' | 'pipelineFile'> & {
  /** It has a `.dvc/` folder. */
  readonly isDvcRepository: boolean;
};

/**
 * The nearest folder, from `cwd` upwards, with a `.dvc/` folder: a DVC repository, whose pipeline files are called
 * dvc.yaml. Without one, the folder with a pipeline.yaml, else with a dvc.yaml: the outermost such folder of the git
 * repository around `cwd`, so that all sub-folders, which may have pipeline files too, belong to the same project; outside
 * of git the nearest.
 * @throws PipeError `no-pipeline`.
 */
export function findRoot(cwd: string): FoundRoot {
  const found = findProject(cwd);
  if (found) return found;
  throw new PipeError({
    code: 'no-pipeline',
    title: `no pipeline.yaml or dvc.yaml in ${resolve(cwd)} or any folder above it`,
    hint: 'go to the project folder, or write one with `pipe init`',
  });
}

/** As `findRoot`; undefined if there is none. */
export function findProject(cwd: string): FoundRoot | undefined {
  const folders = ancestors(resolve(cwd));
  const dvc = folders.find((folder) => isFolder(join(folder, '.dvc')));
  if (dvc !== undefined) return { root: dvc, pipelineFile: 'dvc.yaml', isDvcRepository: true };
  for (const pipelineFile of ['pipeline.yaml', 'dvc.yaml'] as const) {
    const root = outermost(folders, pipelineFile);
    if (root !== undefined) return { root, pipelineFile, isDvcRepository: false };
  }
  return undefined;
}

function outermost(folders: readonly string[], pipelineFile: string): string | undefined {
  const having = folders.filter((folder) => existsSync(join(folder, pipelineFile)));
  const git = folders.findIndex((folder) => existsSync(join(folder, '.git')));
  const inGit = having.filter((folder) => git >= 0 && folders.indexOf(folder) <= git);
  return inGit.at(-1) ?? having[0];
}

function ancestors(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...ancestors(parent)];
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
