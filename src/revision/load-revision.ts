// Loads the project of a git revision with the ordinary loader, which reads the files of the commit in place of the work tree's.
import type { Dialect } from '../dialect.ts';
import {
  namesBelow,
  entryAt,
  type MountedTree,
  type TreeEntry,
  type TreeFolder,
} from '../disk/mounted-tree.ts';
import { readingTree } from '../disk/witnessed-fs.ts';
import { PipeError } from '../base/problem.ts';
import { absolutePath, type WorkspacePath } from '../base/workspace-path.ts';
import { loadProject } from '../pipeline/load.ts';
import { noOverlay } from '../pipeline/params/overlay.ts';
import { readingTexts, type TextsInPlace } from '../pipeline/params/texts-in-place.ts';
import type { Project, ProjectRoot } from '../pipeline/project.ts';
import { dialectOf } from '../session/load.ts';
import type { GitCommand } from './git-objects.ts';
import type { GitTrees } from './git-tree.ts';

/** Where the project of a revision is. */
export interface RevisionPlace {
  /** Absolute folder where git runs: in the work tree, or a bare repository. */
  readonly git: string;
  /** Absolute folder that the files of a commit take the place of: the top of the work tree. It need not exist. */
  readonly top: string;
  /** Absolute root of the project, `top` or below. */
  readonly root: string;
  /** Of a revision that does not show it. */
  readonly isDvcRepository: boolean;
  /** How git is called in a repository that is not the user's own. */
  readonly gitCommand?: () => GitCommand;
}

/** Texts that are read in place of those of the commit. */
export interface OtherTexts {
  readonly pipelines: ReadonlyMap<WorkspacePath, string>;
  /** Of parameter files, and of `vars` in pipeline files. */
  readonly params: TextsInPlace;
}

export interface LoadedRevision {
  readonly dialect: Dialect;
  readonly project: Project;
  readonly tree: MountedTree;
}

/** What loading reads in every folder where it is. */
const ALWAYS_READ = new Set([
  'dvc.yaml',
  'pipeline.yaml',
  'dvc.lock',
  'pipeline.lock',
  'params.yaml',
  '.gitignore',
  '.dvcignore',
  '.pipeignore',
]);
const ALWAYS_READ_ENDING = /.\.dvc$/;
const NOTHING: TreeFolder = { kind: 'directory', entries: new Map() };

/** @param treeId of the commit. @throws PipeError with everything that is wrong in its pipeline files. */
export async function loadRevision(
  treeId: string,
  place: RevisionPlace,
  trees: GitTrees,
  texts?: OtherTexts,
): Promise<LoadedRevision> {
  const tree = await openTree(treeId, place, trees);
  const at = rootAt(tree, place);
  const dialect = await dialectOf({ isDvcRepository: at.isDvcRepository });
  const root: ProjectRoot = {
    root: place.root,
    pipelineFile: at.pipelineFile,
    loading: dialect.loading,
  };
  const params = texts?.params ?? new Map<string, string>();
  const loaded = await reading(tree, trees, () =>
    readingTexts(params, () => loadProject(root, noOverlay, texts?.pipelines)),
  );
  await trees.fetch(parameterFiles(loaded, tree));
  return { dialect, tree, project: readingIn(tree, loaded, params) };
}

/** Repeats the reading until nothing was missed that git has. */
export async function reading<T>(tree: MountedTree, trees: GitTrees, read: () => T): Promise<T> {
  for (;;) {
    let failure: PipeError | undefined;
    let result: T | undefined;
    try {
      result = readingTree(tree, read);
    } catch (error) {
      if (!(error instanceof PipeError)) throw error;
      failure = error;
    }
    if (await trees.fetch()) continue;
    if (failure) throw failure;
    return result as T;
  }
}

async function openTree(treeId: string, place: RevisionPlace, trees: GitTrees): Promise<MountedTree> {
  const top = trees.folder(treeId);
  let folder: TreeEntry | undefined = top;
  const parents: TreeEntry[] = [];
  for (const name of namesBelow({ top: place.top, root: NOTHING }, place.root)!) {
    await trees.fetch(folder ? [folder] : []);
    parents.push(...filesIn(folder, (file) => file === '.gitignore'));
    folder = folder?.kind === 'directory' ? folder.entries.get(name) : undefined;
    await trees.fetch();
  }
  await trees.open(folder);
  await trees.fetch([...parents, ...filesBelow(folder), ...settings(folder)]);
  await trees.fetch();
  // A loader recognises by it where the repository begins.
  const entries = new Map(top.entries).set('.git', NOTHING);
  return { top: place.top, root: { kind: 'directory', entries } };
}

function* filesIn(folder: TreeEntry | undefined, isWanted: (name: string) => boolean): Generator<TreeEntry> {
  if (folder?.kind !== 'directory') return;
  for (const [name, entry] of folder.entries) if (entry.kind === 'file' && isWanted(name)) yield entry;
}

function* filesBelow(folder: TreeEntry | undefined): Generator<TreeEntry> {
  if (folder?.kind !== 'directory') return;
  yield* filesIn(folder, (name) => ALWAYS_READ.has(name) || ALWAYS_READ_ENDING.test(name));
  for (const entry of folder.entries.values()) yield* filesBelow(entry);
}

function* settings(folder: TreeEntry | undefined): Generator<TreeEntry> {
  const own = folder?.kind === 'directory' ? folder.entries.get('.dvc') : undefined;
  yield* filesIn(own, (name) => name === 'config');
}

function rootAt(
  tree: MountedTree,
  { root, isDvcRepository }: RevisionPlace,
): Pick<ProjectRoot, 'pipelineFile'> & { readonly isDvcRepository: boolean } {
  const has = (name: string): boolean =>
    entryAt(tree, namesBelow(tree, `${root}/${name}`)!, true) !== undefined;
  if (has('.dvc')) return { pipelineFile: 'dvc.yaml', isDvcRepository: true };
  if (has('pipeline.yaml')) return { pipelineFile: 'pipeline.yaml', isDvcRepository: false };
  return { pipelineFile: isDvcRepository || has('dvc.yaml') ? 'dvc.yaml' : 'pipeline.yaml', isDvcRepository };
}

function* parameterFiles(project: Project, tree: MountedTree): Generator<TreeEntry> {
  for (const { params } of project.stages)
    for (const { at } of params) {
      const names = namesBelow(tree, absolutePath(project.root, at));
      const entry = names && entryAt(tree, names, true);
      if (entry) yield entry;
    }
}

/** The project, which reads its parameter files in the tree. */
function readingIn(tree: MountedTree, project: Project, texts: TextsInPlace): Project {
  const reading = <T>(work: () => T): T => readingTree(tree, () => readingTexts(texts, work));
  return {
    ...project,
    params: (dep) => reading(() => project.params(dep)),
    overlaid: (dep) => reading(() => project.overlaid(dep)),
  };
}
