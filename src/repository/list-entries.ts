// Lists what a repository has in a folder: what git, or the folder, has, and the outputs that are recorded there.
import { lstatSync, readdirSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { isWithin, parentFolder, type WorkspacePath } from '../base/workspace-path.ts';
import { isDirectory } from '../hash/digest.ts';
import { compareBytes } from '../hash/entry-names.ts';
import type { ManifestEntry } from '../hash/tree.ts';
import { madeIn } from '../revision/experiment-revision.ts';
import type { RecordedOutput } from '../revision/project-at.ts';
import { outputsBelow } from './bring-path.ts';
import type { ForeignStore } from './foreign-store.ts';
import { listTree } from './git-tree-list.ts';
import { bringEntries } from './object-places.ts';
import type { Repository } from './open-repository.ts';
import { isInCache, lacks, pathIn } from './path-in.ts';

export interface ListedEntry {
  /** Relative to the folder that is listed. */
  readonly path: string;
  /** It is an output, or inside of one. */
  readonly isOut: boolean;
  readonly isFolder: boolean;
  readonly isExecutable: boolean;
  /** Undefined where it is not recorded. */
  readonly size: number | undefined;
  /** Of an output. */
  readonly digest: string | undefined;
}

export interface ListOptions {
  /** All files, at any depth, in place of what is in the folder itself. */
  readonly recursive: boolean;
  /** Outputs only. */
  readonly outsOnly: boolean;
  readonly sizes: boolean;
}

type Found = ListedEntry & { readonly path: WorkspacePath };

/** @throws PipeError where the repository has no such path, or the list of an output's files cannot be had. */
export async function listEntries(
  repository: Repository,
  path: string,
  store: ForeignStore,
  options: ListOptions,
): Promise<readonly ListedEntry[]> {
  const at = pathIn(repository, path);
  const around = repository.revision.output(at);
  const isInside = isInCache(repository, around);
  const inside = isInside ? await entriesOf(around, repository, store) : [];
  const outputs = isInside ? [] : outputsBelow(repository, at);
  const recorded = await Promise.all(
    outputs.map((output) => shownOutput(output, repository, store, options.recursive)),
  );
  const own = (await filesOf(repository, options.sizes)).filter(({ path }) => isWithin(path, at));
  const all = new Map<string, Found>();
  if (!options.outsOnly) for (const entry of own) all.set(entry.path, entry);
  for (const entry of [...inside, ...recorded.flat()])
    all.set(entry.path, withLocal(entry, all.get(entry.path)));
  for (const entry of inside) markFolders(all, entry.path, around!.out.at);
  const one = all.get(at);
  if (one && !one.isFolder) return [{ ...one, path: posix.basename(at) }];
  const below = [...all.values()].filter((entry) => entry.path !== at && isWithin(entry.path, at));
  const isOutput = outputs.length > 0 || around?.out.at === at;
  if (below.length === 0 && !one && at !== '.' && own.length === 0 && !isOutput)
    throw lacks(repository, path);
  const listed = options.recursive
    ? below.filter(({ isFolder }) => !isFolder)
    : directly(below, at, outputs, isInside);
  return listed
    .map((entry) => ({ ...entry, path: at === '.' ? entry.path : entry.path.slice(at.length + 1) }))
    .sort((a, b) => compareBytes(a.path, b.path));
}

/** A file that is here, too, has the size that it has here. */
const withLocal = (entry: Found, local: Found | undefined): Found =>
  local ? { ...entry, size: local.size ?? entry.size } : entry;

/** Folders of the workspace that hold a file of the output are in the output. */
function markFolders(all: Map<string, Found>, path: WorkspacePath, top: WorkspacePath): void {
  for (let at = parentFolder(path); isWithin(at, top); at = parentFolder(at)) {
    const found = all.get(at);
    if (found && !found.isOut) all.set(at, { ...found, isOut: true });
  }
}

/** What is in the folder itself; folders that only hold something deeper are among it. */
function directly(
  below: readonly Found[],
  at: WorkspacePath,
  outputs: readonly RecordedOutput[],
  isInside: boolean,
): readonly Found[] {
  const outs = new Set<string>(outputs.map(({ out }) => out.at));
  const found = new Map<string, Found>();
  for (const entry of below) {
    let child: WorkspacePath = entry.path;
    while (parentFolder(child) !== at) child = parentFolder(child);
    if (child === entry.path) found.set(child, entry);
    else if (!found.has(child) && !outs.has(child)) found.set(child, folder(child, undefined, isInside));
  }
  return [...found.values()];
}

const folder = (path: WorkspacePath, size: number | undefined, isOut: boolean): Found => ({
  path,
  isOut,
  isFolder: true,
  isExecutable: false,
  size,
  digest: undefined,
});

/** An output as one entry, or with `recursive` its files. */
async function shownOutput(
  output: RecordedOutput,
  repository: Repository,
  store: ForeignStore,
  recursive: boolean,
): Promise<readonly Found[]> {
  const { out, content } = output;
  const whole: Found = {
    path: out.at,
    isOut: true,
    isFolder: isDirectory(content.digest),
    isExecutable: content.isexec === true,
    size: content.size,
    digest: content.digest,
  };
  if (!whole.isFolder || !recursive) return [whole];
  return [whole, ...(await entriesOf(output, repository, store))];
}

async function entriesOf(
  output: RecordedOutput,
  repository: Repository,
  store: ForeignStore,
): Promise<readonly Found[]> {
  const { out, content } = output;
  if (!isDirectory(content.digest)) return shownOutput(output, repository, store, false);
  const entries = await bringEntries(content, out.remote, repository, store, { modes: true });
  if (!entries) throw lacks(repository, `${out.at} (the list of its files)`);
  const top = folder(out.at, content.size, true);
  return [top, ...entries.map((entry) => inOutput(out.at, entry))];
}

const inOutput = (at: WorkspacePath, entry: ManifestEntry): Found => ({
  path: `${at}/${entry.path}` as WorkspacePath,
  isOut: true,
  isFolder: entry.kind === 'directory',
  isExecutable: entry.kind === 'file' && entry.isexec === true,
  size: entry.kind === 'file' ? entry.size : undefined,
  digest: entry.kind === 'file' ? entry.digest : undefined,
});

async function filesOf(repository: Repository, sizes: boolean): Promise<readonly Found[]> {
  const { revision } = repository;
  const files = repository.commit === undefined ? filesHere(repository) : filesInGit(repository, sizes);
  if (!revision.isExperiment) return files;
  const isMade = madeIn(revision.project);
  const others = files.filter(({ path }) => !isMade(path));
  if (!sizes) return others;
  // Its parameters and lock files have other texts.
  return Promise.all(
    others.map(async (file) => ({ ...file, size: (await revision.bytes(file.path))?.length ?? file.size })),
  );
}

function filesInGit(repository: Repository, sizes: boolean): readonly Found[] {
  const { prefix } = repository;
  const files = listTree(repository, sizes).filter(({ path }) => path.startsWith(prefix));
  const shown = files.filter(({ path }) => !isOwnFile(path.slice(prefix.length)));
  const folders = new Map<string, number>();
  for (const { path } of shown)
    for (let at = parentFolder(path as WorkspacePath); at !== '.' && !folders.has(at); at = parentFolder(at))
      folders.set(at, treeSize(at, files));
  return [
    ...[...folders]
      .filter(([path]) => path.startsWith(prefix) && path.length > prefix.length)
      .map(([path, size]) => folder(path.slice(prefix.length) as WorkspacePath, size, false)),
    ...shown.map(({ path, mode, size }) => ({
      path: path.slice(prefix.length) as WorkspacePath,
      isOut: false,
      isFolder: mode === SUBMODULE,
      isExecutable: mode === '100755',
      size,
      digest: undefined,
    })),
  ];
}

const SUBMODULE = '160000';

/** Bytes of git's list of a folder: what DVC shows as its size. */
function treeSize(at: string, files: ReturnType<typeof listTree>): number {
  const names = new Map<string, string>();
  for (const { path, mode } of files) {
    if (!path.startsWith(`${at}/`)) continue;
    const [name, ...deeper] = path.slice(at.length + 1).split('/');
    names.set(name!, deeper.length > 0 ? '40000' : mode);
  }
  const idBytes = (files[0]?.id.length ?? 40) / 2;
  return [...names].reduce(
    (sum, [name, mode]) => sum + mode.length + Buffer.byteLength(name) + 2 + idBytes,
    0,
  );
}

/** DVC's and git's own folders are not listed. */
const isOwnFile = (path: string): boolean => /^(?:.*\/)?\.(?:dvc|git)\//.test(path);

function filesHere({ revision: { project, dialect } }: Repository): readonly Found[] {
  const { root } = project;
  const ownFolder = dialect.ownFolder(root);
  const found: Found[] = [];
  const visit = (at: WorkspacePath): void => {
    for (const entry of readdirSync(join(root, at), { withFileTypes: true })) {
      const { name } = entry;
      const path = (at === '.' ? name : `${at}/${name}`) as WorkspacePath;
      const absolute = join(root, path);
      // A link is what it leads to, but folders behind links are not entered.
      const stats = statSync(absolute, { throwIfNoEntry: false }) ?? lstatSync(absolute);
      if (stats.isDirectory()) {
        if (name === '.dvc' || name === '.git' || absolute === ownFolder) continue;
        found.push(folder(path, stats.size, false));
        if (!entry.isSymbolicLink()) visit(path);
      } else
        found.push({
          path,
          isOut: false,
          isFolder: false,
          // A link that leads nowhere has a mode, too.
          isExecutable: stats.isFile() && (stats.mode & 0o100) !== 0,
          size: stats.size,
          digest: undefined,
        });
    }
  };
  visit('.' as WorkspacePath);
  return found;
}
