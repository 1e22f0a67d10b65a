// What `pipe add` is about to do, before anything is changed: which data is new, which is known already, and why a path is refused.
import { existsSync, lstatSync, readlinkSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { shellQuote } from '../../base/shell-quote.ts';
import { PipeError, type Problem } from '../../base/problem.ts';
import { didYouMean } from '../../base/suggest.ts';
import {
  absolutePath,
  folderHere,
  isUrl,
  isWithin,
  parentFolder,
  workspacePath,
  type WorkspacePath,
} from '../../base/workspace-path.ts';
import { pathsBeside } from '../../graph/paths-beside.ts';
import { ignoreRules } from '../../hash/ignore-rules.ts';
import type { DataOptions } from '../../pipeline/data-declarations.ts';
import type { FoundRoot } from '../../pipeline/find-root.ts';
import { noOverlay } from '../../pipeline/params/overlay.ts';
import type { Out, Stage } from '../../pipeline/stage.ts';
import { trackedAmong } from '../../plan/tracked.ts';
import { git } from '../../run/git-outputs.ts';
import { loadAt, type Loaded } from '../../session/load.ts';
import { findHolder } from './find-data.ts';

export interface AddRequest extends DataOptions {
  /** As given, relative to the current folder. */
  readonly paths: readonly string[];
  /** The file that is to declare it. */
  readonly file?: string;
  /** The data is to come there from elsewhere. */
  readonly comes?: true;
}

export interface AddItem {
  readonly stage: Stage;
  readonly out: Out;
  readonly at: WorkspacePath;
  /** Only this part of the folder is taken over. */
  readonly isPart: boolean;
}

export interface AddPlan {
  /** With the new entries. */
  readonly loaded: Loaded;
  readonly items: readonly AddItem[];
  /** The new texts of the files that declare data, except those that are written with the record. */
  readonly texts: ReadonlyMap<WorkspacePath, string>;
  /** All files that declare the items. */
  readonly files: readonly WorkspacePath[];
}

/** @throws PipeError naming every path that cannot be added. */
export async function planAdd(found: FoundRoot, request: AddRequest): Promise<AddPlan> {
  const { paths, file, comes, ...options } = request;
  const here = folderHere(found.root);
  const before = await loadAt(found, noOverlay);
  const places = [...new Set(paths.map((path) => workspacePath(found.root, here, path)))];
  const problems = places.flatMap((at) => whyRefused(at, places, before, !comes) ?? []);
  if (problems.length > 0) throw new PipeError(problems);
  const isNew = places.filter((at) => findHolder(at, before.project.stages) === undefined);
  refuseTracked(found.root, isNew);
  const { dialect } = before;
  const isAsked = Object.keys(options).length > 0;
  const declared = file === undefined ? undefined : workspacePath(found.root, here, file);
  const known = places.flatMap((at) => {
    const holder = findHolder(at, before.project.stages);
    return holder?.out.at === at ? [holder.stage] : [];
  });
  const changed = dialect.data.change(before.project, isAsked ? known : [], options);
  const entries = isNew.map((at) => ({ at, ...options, ...(declared !== undefined && { file: declared }) }));
  const drafts = new Map([...changed, ...dialect.data.declare(before.project, here, entries, changed)]);
  if (hasDataFiles(before)) refuseIgnored(found.root, [...drafts.keys()]);
  const loaded = drafts.size > 0 ? await loadAt(found, noOverlay, drafts) : before;
  const items = places.map((at): AddItem => {
    const holder = findHolder(at, loaded.project.stages)!;
    return { ...holder, at, isPart: holder.out.at !== at };
  });
  const isOwn = (name: WorkspacePath): boolean =>
    dialect.loading.isDataFile(basename(name)) &&
    isNew.some((at) => items.some((item) => item.at === at && item.stage.file === name));
  return {
    loaded,
    items,
    texts: new Map([...drafts].filter(([name]) => !isOwn(name))),
    files: [...new Set([...drafts.keys(), ...items.map(({ stage }) => stage.file)])],
  };
}

type Refusal = Omit<Problem, 'code'> & { readonly code: Problem['code'] };

/** @param all paths of the request; @param mustExist something has to be at the path. */
export function whyRefused(
  at: WorkspacePath,
  all: readonly WorkspacePath[],
  loaded: Loaded,
  mustExist = true,
): Refusal | undefined {
  const { project, folders, dialect } = loaded;
  const { root } = project;
  const refused = (title: string, hint: string): Refusal => ({ code: 'data-refused', title, hint });
  if (isUrl(at)) return refused(`'${at}' is a URL`, 'download it with `pipe import-url URL`');
  if (at === '.')
    return refused('the project folder itself cannot be data', 'add the folders in it that hold data');
  if (at.startsWith('/'))
    return refused(
      `'${at}' is outside of the project`,
      'give -o to copy it into the project, or bring it there with `pipe import-url`',
    );
  const holder = findHolder(at, project.stages);
  if (holder && holder.stage.cmd !== null) return madeProblem(at, holder.stage, holder.out);
  const isPart = holder !== undefined && holder.out.at !== at;
  const exists = lstatSync(absolutePath(root, at), { throwIfNoEntry: false }) !== undefined;
  if (mustExist && exists && !holder && !existsSync(absolutePath(root, at)))
    return { code: 'data-missing', title: `'${at}' is a symlink that leads to nothing` };
  if (mustExist && !exists && !isPart) {
    const near = didYouMean(at, pathsBeside(root, at), 3);
    return {
      code: 'data-missing',
      title: `'${at}' does not exist`,
      ...(near !== undefined && { hint: near }),
    };
  }
  if (isOwnFile(at, loaded)) return refused(`'${at}' belongs to the project itself`, 'keep it in git');
  if ([folders.cache, folders.own].some((folder) => overlaps(absolutePath(root, at), folder)))
    return refused(`'${at}' holds the cache, or is a part of it`, 'name the folders that hold data');
  const ignored = ignoredAbove(root, at, dialect.loading.ignoreFile);
  if (ignored !== undefined)
    return refused(
      `'${ignored}' is ignored by ${dialect.loading.ignoreFile}`,
      'what is ignored is never stored: change the patterns there, or name another path',
    );
  const link = linkAbove(root, at);
  if (link !== undefined)
    return refused(`'${at}' is behind the symlink '${link}'`, 'add the place that it leads to');
  const other = all.find((path) => path !== at && isWithin(path, at));
  if (other !== undefined)
    return { code: 'data-overlaps', title: `'${other}' is inside of '${at}'`, hint: `name only one of them` };
  if (holder) return undefined;
  const linked = mustExist && hasDataFiles(loaded) ? linkedFolder(absolutePath(root, at)) : undefined;
  if (linked !== undefined)
    return refused(
      `'${at}' is a symlink to a folder`,
      `add the folder itself (\`pipe add ${shellQuote(workspacePath(root, parentFolder(at), linked))}\`), since DVC writes through such a link`,
    );
  const inner = project.stages.flatMap((stage) =>
    stage.outs.filter((out) => isWithin(out.at, at)).map((out) => ({ stage, out })),
  )[0];
  return inner && innerProblem(at, inner.stage, inner.out);
}

const overlaps = (path: string, folder: string): boolean =>
  path === folder || folder.startsWith(`${path}/`) || path.startsWith(`${folder}/`);

function isOwnFile(at: WorkspacePath, { project, dialect }: Loaded): boolean {
  const name = basename(at);
  const inFolder = at.split('/').some((part) => part === '.git' || part === '.hg' || part === '.dvc');
  const names = [project.pipelineFile, dialect.lockFile.name, dialect.loading.ignoreFile, '.gitignore'];
  return inFolder || names.includes(name) || dialect.loading.isDataFile(name) || project.files.includes(at);
}

/** The path, or the folder above it, that is ignored. */
function ignoredAbove(root: string, at: WorkspacePath, file: string): WorkspacePath | undefined {
  const isIgnored = ignoreRules(root, file).above(dirname(absolutePath(root, at)));
  if (!isIgnored) return undefined;
  const parts = at.split('/');
  for (let length = 1; length <= parts.length; length += 1) {
    const above = parts.slice(0, length).join('/') as WorkspacePath;
    const path = absolutePath(root, above);
    const isFolder =
      length < parts.length || lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
    if (isIgnored(path, isFolder)) return above;
  }
  return undefined;
}

/** Each entry has a file of its own, as in a DVC repository. */
const hasDataFiles = ({ dialect }: Loaded): boolean => dialect.loading.isDataFile('x.dvc');

/** Where a symlink leads, if that is a folder. */
function linkedFolder(path: string): string | undefined {
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  return isLink && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
    ? readlinkSync(path)
    : undefined;
}

/** The symlink that a folder above the path is. */
function linkAbove(root: string, at: WorkspacePath): WorkspacePath | undefined {
  const folder = parentFolder(at);
  if (folder === '.') return undefined;
  const link = lstatSync(absolutePath(root, folder), { throwIfNoEntry: false })?.isSymbolicLink();
  return link ? folder : linkAbove(root, folder);
}

const madeProblem = (at: WorkspacePath, stage: Stage, out: Out): Refusal => ({
  code: 'data-overlaps',
  title:
    at === out.at
      ? `'${at}' is an output of the stage '${stage.address}'`
      : `'${at}' is inside of '${out.at}', an output of the stage '${stage.address}'`,
  hint: `run the stage, or take what is there as its result (\`pipe commit -f ${shellQuote(stage.address)}\`)`,
  place: stage.place,
});

const innerProblem = (at: WorkspacePath, stage: Stage, out: Out): Refusal => ({
  code: 'data-overlaps',
  title: `'${at}' contains '${out.at}', ${stage.cmd === null ? 'which is data already' : `an output of the stage '${stage.address}'`}`,
  hint:
    stage.cmd === null
      ? `to have one entry for all of it: \`pipe remove ${shellQuote(stage.address)}\`, then \`pipe add ${shellQuote(at)}\``
      : 'add the other folders one by one',
  place: stage.place,
});

/** @throws PipeError for paths that git tracks: they would be in git and in the cache. */
function refuseTracked(root: string, paths: readonly WorkspacePath[]): void {
  const tracked = [...trackedAmong(root, paths)];
  if (tracked.length === 0) return;
  throw new PipeError(
    tracked.map((at) => ({
      code: 'data-in-git',
      title: `git tracks '${at}'`,
      hint: `to have it in the cache instead: \`git rm -r --cached ${at}\`, then \`git commit\`, then add it again`,
    })),
  );
}

/** DVC does not load a `.dvc` file that git ignores. @throws PipeError. */
function refuseIgnored(root: string, files: readonly WorkspacePath[]): void {
  const ignored = git(root, ['check-ignore', '-z', '--stdin'], files.join('\0'));
  if (ignored.length === 0) return;
  throw new PipeError(
    ignored.map((file) => ({
      code: 'data-ignored',
      title: `git ignores '${file}', which has to declare the data`,
      hint: `\`git check-ignore -v ${file}\` names the pattern`,
    })),
  );
}
