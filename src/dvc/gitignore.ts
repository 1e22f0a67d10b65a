// Keeps cached outputs out of git, as DVC does: one line per output in the `.gitignore` of its folder. With `core.autostage` it adds the
// files that record the outputs to git. Does nothing outside of git, or with `core.no_scm`.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PipeError, type Problem } from '../base/problem.ts';
import type { Project } from '../pipeline/project.ts';
import type { Stage } from '../pipeline/stage.ts';
import { git, openGitOutputs } from '../run/git-outputs.ts';
import { isOn, readDvcConfig } from './config.ts';

export interface Gitignore {
  /** @throws PipeError for a cached output that git tracks: it cannot be in both. */
  refuseTracked(stage: Stage): void;
  /** Adds the lines that are missing. */
  ignore(stage: Stage): void;
  /** Removes the lines of a stage that is not there any more. */
  unignore(stage: Stage): void;
  /** With `core.autostage`: adds the written files to git. Called when everything is recorded. */
  addToGit(): void;
}

/** @returns undefined where the repository is not in git, or DVC is set not to use it. */
export function openGitignore({ root, stages }: Pick<Project, 'root' | 'stages'>): Gitignore | undefined {
  const outputs = openGitOutputs({ root, stages }, dirname);
  if (!outputs) return undefined;
  const config = readDvcConfig(root);
  if (isOn(config, 'core', 'no_scm')) return undefined;
  const written = new Set<string>();
  return {
    refuseTracked(stage) {
      const found = outputs.tracked(stage);
      if (found.length > 0) throw new PipeError(found.map((path) => trackedProblem(stage, path)));
    },
    ignore(stage) {
      written.add(join(root, stage.cmd === null ? stage.file : join(dirname(stage.file), 'dvc.lock')));
      for (const file of outputs.ignore(stage)) written.add(file);
    },
    unignore(stage) {
      for (const file of outputs.unignore(stage)) if (existsSync(file)) written.add(file);
    },
    addToGit() {
      if (isOn(config, 'core', 'autostage') && written.size > 0) git(root, ['add', '--', ...written]);
    },
  };
}

function trackedProblem(stage: Stage, path: string): Problem {
  return {
    code: 'out-tracked-by-git',
    title: `git tracks '${path}', an output of the stage '${stage.address}' that the cache keeps`,
    hint: `remove it from git's index (\`git rm -r --cached '${path}'\`), or declare it with \`cache: false\``,
    place: stage.place,
  };
}
