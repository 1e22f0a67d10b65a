// `pipe init`: a first pipeline and the set-up of git. Asks nothing.
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { PipeError } from '../base/problem.ts';
import type { Dialect } from '../dialect.ts';
import { findProject } from '../pipeline/find-root.ts';
import { dialectOf } from '../session/load.ts';
import { firstDvcPipeline, firstPipeline } from './first-pipeline.ts';
import { ignoreCache, installMergeDriver } from './git-setup.ts';
import { makePrinter, type OutputFlags, type Printer } from './printer.ts';
import { writePipeline } from './write-pipeline.ts';
import { isInGit } from '../disk/in-git.ts';

export interface InitFlags extends OutputFlags {
  /** True: for a project that has its pipeline already too, as in a new clone. False: leave git alone. */
  readonly git?: boolean;
}

/** @returns the exit code. @throws PipeError when there is a pipeline file already, or `--git` is not possible. */
export async function initCommand(flags: InitFlags): Promise<number> {
  const project = findProject(process.cwd());
  const dvc = project?.isDvcRepository === true;
  const name = dvc ? 'dvc.yaml' : 'pipeline.yaml';
  const path = resolve(name);
  const exists = existsSync(path);
  if (exists && !flags.git) {
    throw new PipeError({
      code: 'pipeline-exists',
      title: `there is a ${name} here already`,
      hint: 'add a stage to it with `pipe stage add`; `pipe init --git` sets up git for it, in each clone',
    });
  }
  const print = makePrinter(flags);
  const dialect = await dialectOf({ isDvcRepository: dvc });
  if (flags.git !== false) setUpGit(dvc ? project.root : dirname(path), dialect, flags.git === true, print);
  if (exists) return 0;
  writePipeline(path, dvc ? firstDvcPipeline : firstPipeline);
  print.line(`Wrote ${name}, a pipeline of two stages to start from. Run it: pipe repro`);
  return 0;
}

/** @param required what is not possible is an error, and is left out otherwise. */
function setUpGit(folder: string, dialect: Dialect, required: boolean, print: Printer): void {
  if (required || isInGit(folder)) {
    try {
      installMergeDriver(folder, dialect);
      print.line(
        `git merges ${dialect.lockFile.name} stage by stage from now on, in this clone; commit .gitattributes.`,
      );
    } catch (error) {
      if (required || !(error instanceof PipeError)) throw error;
      print.line(`git is not set up: ${error.message}.`);
    }
  }
  if (ignoreCache(folder, dialect)) print.line('git ignores the cache: /cache/ is in .gitignore.');
}
