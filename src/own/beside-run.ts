// What a run of a project of our own does beside running stages: it keeps the outputs that the cache holds out of git. An output
// that git tracks already stays in both; `config: {gitignore: false}` turns all of it off.
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { PipeError } from '../base/problem.ts';
import type { BesideOptions } from '../dialect.ts';
import { systemError } from '../disk/system-problem.ts';
import type { Project } from '../pipeline/project.ts';
import type { BesideRun } from '../run/beside-run.ts';
import { openGitOutputs } from '../run/git-outputs.ts';
import { isInside } from '../base/workspace-path.ts';

/** Undefined outside of git. */
export function openBesideOwn(
  project: Project,
  { warn, onIgnored }: Pick<BesideOptions, 'warn' | 'onIgnored'>,
): BesideRun | undefined {
  if (!project.config.gitignore) return undefined;
  let find: ReturnType<typeof folderFinder> | undefined;
  const outputs = openGitOutputs(project, (path) => (find ??= folderFinder(project))(path));
  if (!outputs) return undefined;
  const changed = new Set<string>();
  let failed = false;
  return {
    exclusive: (work) => work(),
    claim: () => Promise.resolve(() => Promise.resolve()),
    refuseTracked: () => undefined,
    ignore(stage) {
      if (failed) return;
      try {
        for (const file of outputs.ignore(stage)) changed.add(relative(project.root, file));
      } catch (thrown) {
        // The result is recorded: a `.gitignore` that cannot be written is no reason to fail, nor to warn at each stage.
        const error = systemError(thrown);
        if (!(error instanceof PipeError)) throw error;
        failed = true;
        error.problems.forEach(warn);
      }
    },
    unignore(stage) {
      for (const file of outputs.unignore(stage)) changed.delete(relative(project.root, file));
    },
    addToGit() {
      if (changed.size > 0) onIgnored([...changed].sort());
      changed.clear();
    },
    close: () => undefined,
  };
}

/**
 * Finds the folder whose `.gitignore` names an output: the nearest that is no part of what a stage reads or writes, since the
 * line would change that; undefined where there is none, as in a new clone, and where it is behind a link out of the project.
 */
function folderFinder({ root, stages }: Project): (path: string) => string | undefined {
  const used = new Set<string>(stages.flatMap(({ deps, outs }) => [...deps, ...outs].map(({ at }) => at)));
  const isUsed = (folder: string): boolean =>
    used.has(folder) || (folder !== '.' && folder !== '/' && isUsed(dirname(folder)));
  return (path) => {
    let folder = dirname(path);
    while (isUsed(folder)) {
      if (folder === '.') return undefined;
      folder = dirname(folder);
    }
    const at = join(root, folder);
    return existsSync(at) && isInside(realpathSync.native(at), realpathSync.native(root))
      ? folder
      : undefined;
  };
}
