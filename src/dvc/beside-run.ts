// What a run does beside its own business in a DVC repository: keeps a DVC that runs at the same time apart, and the
// outputs that the cache holds out of git.
import type { Problem } from '../base/problem.ts';
import type { Project } from '../pipeline/project.ts';
import { openGitignore, type Gitignore } from './gitignore.ts';
import { openDvcLock, type DvcLock, type DvcLockOptions } from './repository-lock.ts';
import { openFileLocks } from '../run/process/flock.ts';

export type DvcSide = DvcLock & Gitignore;

export type DvcSideOptions = Pick<DvcLockOptions, 'wait' | 'onWait' | 'stopped'> & {
  readonly warn: (problem: Problem) => void;
};

/** Undefined outside of DVC repositories. */
export function openDvcSide(project: Project, options: DvcSideOptions): DvcSide | undefined {
  if (project.kind !== 'dvc') return undefined;
  const locks = openFileLocks();
  if (!locks) options.warn(unavailable);
  const command = ['pipe', ...process.argv.slice(2)].join(' ');
  return {
    ...(locks ? openDvcLock({ ...options, root: project.root, locks, command }) : noLock),
    ...(openGitignore(project) ?? noGitignore),
  };
}

const noGitignore: Gitignore = { refuseTracked: () => {}, ignore: () => {}, addToGit: () => {} };

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
