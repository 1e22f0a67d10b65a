// What a run does for DVC in a DVC repository: it excludes a DVC that runs at the same time, and keeps cached outputs out of git.
import type { Problem } from '../base/problem.ts';
import type { Project } from '../pipeline/project.ts';
import { openGitignore, type Gitignore } from './gitignore.ts';
import { openDvcLock, type DvcLock, type DvcLockOptions } from './repository-lock.ts';
import type { BesideRun } from '../run/beside-run.ts';
import { openFileLocks } from '../run/process/flock.ts';

export type BesideRunOptions = Pick<DvcLockOptions, 'wait' | 'onWait' | 'stopped'> & {
  readonly warn: (problem: Problem) => void;
};

export function openBesideDvc(project: Project, options: BesideRunOptions): BesideRun {
  const locks = openFileLocks();
  if (!locks) options.warn(unavailable);
  const command = ['pipe', ...process.argv.slice(2)].join(' ');
  return {
    ...(locks ? openDvcLock({ ...options, root: project.root, locks, command }) : noLock),
    ...(openGitignore(project) ?? noGitignore),
  };
}

const noGitignore: Gitignore = {
  refuseTracked: () => {},
  ignore: () => {},
  unignore: () => {},
  addToGit: () => {},
};

const noLock: DvcLock = {
  exclusive: (work) => work(),
  claim: () => Promise.resolve(() => Promise.resolve()),
  close: () => {},
};

const unavailable: Problem = {
  code: 'dvc-lock-unavailable',
  title: "DVC's lock cannot be taken here: neither perl nor python3 is installed",
  hint: 'run no DVC command in this repository meanwhile',
};
