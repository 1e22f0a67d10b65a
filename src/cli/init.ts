// `pipe init`: a first pipeline, and what git needs to know of it.
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { PipeError } from '../base/problem.ts';
import { findProject } from '../pipeline/find-root.ts';
import { dialectOf } from '../session/load.ts';
import { quickDvcPipeline, quickPipeline } from './first-pipeline.ts';
import { writePipeline } from './write-pipeline.ts';

/**
 * @param git also set git up, then for a project that has its pipeline already too.
 * @returns the exit code. @throws PipeError when there is a pipeline file already.
 */
export async function initCommand(git: boolean): Promise<number> {
  const project = findProject(process.cwd());
  const dvc = project?.isDvcRepository === true;
  const name = dvc ? 'dvc.yaml' : 'pipeline.yaml';
  const path = resolve(name);
  const exists = existsSync(path);
  if (exists && !git) {
    throw new PipeError({
      code: 'pipeline-exists',
      title: `there is a ${name} here already`,
      hint: 'add a stage to it with `pipe stage add`',
    });
  }
  if (git) {
    const { installInGit } = await import('./lock-merge.ts');
    installInGit(dvc ? project.root : dirname(path), await dialectOf({ isDvcRepository: dvc }));
    console.log('git merges lock files stage by stage from now on, in this clone; commit .gitattributes.');
  }
  if (exists) return 0;
  writePipeline(path, dvc ? quickDvcPipeline : quickPipeline);
  console.log(`Wrote ${name}, a pipeline of two stages to start from. Run it: pipe repro`);
  return 0;
}
