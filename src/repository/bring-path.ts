// Brings a file or folder of another repository to a new path: what git has, and the outputs that are recorded there. Every name is
// checked before it is written, and nothing is written through a link.
import { chmodSync, constants, copyFileSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { giveTurn } from '../base/event-loop-turn.ts';
import { PipeError } from '../base/problem.ts';
import { absolutePath, isWithin, type WorkspacePath } from '../base/workspace-path.ts';
import { whyBadPath } from '../hash/entry-names.ts';
import type { RecordedOutput } from '../revision/project-at.ts';
import { bringOrigin } from './bring-origin.ts';
import { bringOutput, type Bringing } from './bring-output.ts';
import type { ForeignStore } from './foreign-store.ts';
import { executablesOf } from './git-tree-list.ts';
import type { BringOptions } from './object-places.ts';
import type { Repository } from './open-repository.ts';
import { isInCache, lacks, pathIn } from './path-in.ts';

/**
 * @param path in the repository; @param target absolute, nothing is there.
 * @throws PipeError where the repository has no such path, or the data of it cannot be had.
 */
export async function bringPath(
  repository: Repository,
  path: string,
  target: string,
  store: ForeignStore,
  options: BringOptions,
): Promise<void> {
  const { revision } = repository;
  const at = pathIn(repository, path);
  const output = revision.output(at);
  const bringing: Bringing = {
    repository,
    store,
    options,
    fromOrigin: (imported, to) => bringOrigin(imported, to, bringing, bringPath),
  };
  if (isInCache(repository, output)) return bringOutput(output, at, target, bringing);
  const kind = await kindAt(repository, at);
  const outputs = outputsBelow(repository, at);
  if (kind === undefined && outputs.length === 0) throw lacks(repository, path);
  if (kind === 'file') return bringFile(repository, at, target, options);
  mkdirSync(target, { recursive: true });
  await bringFolder(repository, at, target, options);
  for (const inside of outputs)
    await bringOutput(inside, inside.out.at, join(target, posix.relative(at, inside.out.at)), bringing);
}

/** Outputs that the cache keeps, in a folder. */
export function outputsBelow(repository: Repository, folder: WorkspacePath): readonly RecordedOutput[] {
  const { revision } = repository;
  return revision.project.stages.flatMap((stage) =>
    stage.outs.flatMap((out) => {
      if (!isWithin(out.at, folder) || out.at.startsWith('/')) return [];
      const recorded = revision.output(out.at);
      return isInCache(repository, recorded) && recorded.out.at === out.at ? [recorded] : [];
    }),
  );
}

/** What git, or the folder, has, without the files by which DVC declares: they would declare here. */
async function bringFolder(
  repository: Repository,
  folder: WorkspacePath,
  target: string,
  options: BringOptions,
): Promise<void> {
  const { revision } = repository;
  for (const name of await revision.names(folder)) {
    if (whyBadPath(name) !== undefined || name.includes('/') || name.toLowerCase() === '.git')
      throw badName(repository, name);
    if (name === '.dvc' || isDeclaration(name, repository)) continue;
    const at = (folder === '.' ? name : `${folder}/${name}`) as WorkspacePath;
    const output = revision.output(at);
    if (isInCache(repository, output) && output.out.at === at) continue;
    if (isOwnFolder(at, repository)) continue;
    const kind = await kindAt(repository, at);
    const to = join(target, name);
    if (kind === 'directory') {
      await bringFolder(repository, at, to, options);
      if (repository.commit === undefined) mkdirSync(to, { recursive: true });
    } else if (kind === 'file') await bringFile(repository, at, to, options);
  }
}

/** DVC's own files stay behind, as with DVC; the lock file comes with the rest. */
const isDeclaration = (name: string, { revision }: Repository): boolean =>
  revision.dialect.lockFile.name === 'dvc.lock' &&
  (name === 'dvc.yaml' || name === '.dvcignore' || (name.endsWith('.dvc') && name !== '.dvc'));

/** The cache of a project that is read where it is; git has none. */
const isOwnFolder = (at: WorkspacePath, { revision: { project, dialect }, commit }: Repository): boolean =>
  commit === undefined && absolutePath(project.root, at) === dialect.ownFolder(project.root);

/** A link is what it leads to, if that is in the repository. */
async function kindAt(
  { revision }: Repository,
  at: WorkspacePath,
): Promise<'file' | 'directory' | undefined> {
  const kind = revision.kind(at);
  if (kind !== undefined) return kind;
  // What is behind a link has to come from git first.
  await revision.bytes(at);
  return revision.kind(at);
}

async function bringFile(
  repository: Repository,
  at: WorkspacePath,
  target: string,
  { modes }: BringOptions,
): Promise<void> {
  const { revision, commit } = repository;
  mkdirSync(dirname(target), { recursive: true });
  const path = absolutePath(revision.project.root, at);
  if (commit === undefined && !revision.isExperiment)
    copyFileSync(path, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  else {
    const bytes = await revision.bytes(at);
    if (bytes === undefined) throw lacks(repository, at);
    writeFileSync(target, bytes, { flag: 'wx' });
  }
  const isExecutable =
    commit === undefined
      ? isExecutableHere(path)
      : executablesOf(repository).has(`${repository.prefix}${at}`);
  chmodSync(target, (modes && isExecutable ? 0o777 : 0o666) & ~process.umask());
  await giveTurn();
}

const isExecutableHere = (path: string): boolean =>
  ((statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o100) !== 0;

const badName = ({ url }: Repository, name: string): PipeError =>
  new PipeError({
    code: 'repository-lacks',
    title: `${url} has a file with the name ${JSON.stringify(name)}, which cannot be written`,
    hint: 'nothing was written; import other paths of it',
  });
