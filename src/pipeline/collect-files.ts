// Finds the pipeline files and `.dvc` files of a project: walks from the root, but not into ignored folders, outputs of stages
// that were found before, and other projects.
import type { Dirent } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { ignorePatterns, type IgnorePatterns } from './ignore-patterns.ts';
import type { ProjectRoot } from './project.ts';
import type { WorkspacePath } from '../base/workspace-path.ts';
import { entriesOf } from '../disk/folder-entries.ts';
import { existsSync, readFileSync } from '../disk/witnessed-fs.ts';

/** Patterns of one ignore file, for paths below its folder. */
interface Patterns {
  /** Absolute. */
  readonly folder: string;
  readonly matcher: IgnorePatterns;
}

/** The ignore files of a folder and those above it; deeper ones come last and take precedence. */
interface IgnoreRules {
  /** Undefined outside of git. */
  readonly git: readonly Patterns[] | undefined;
  /** Of `.dvcignore` or `.pipeignore`. */
  readonly own: readonly Patterns[];
}

/** A name that represents any file of a folder. */
const ANYTHING = '\u0001anything';

/**
 * Calls `visit` with every file: the pipeline file of a folder before its `.dvc` files, a folder before its sub-folders.
 * @param visit returns folders to skip, such as outputs of the stages in the file.
 */
export function collectFiles(at: ProjectRoot, visit: (file: WorkspacePath) => Iterable<WorkspacePath>): void {
  const outs = new Set<string>();
  const open: { folder: string; rules: IgnoreRules }[] = [
    { folder: '.', rules: { git: gitPatternsAbove(at.root), own: [] } },
  ];
  for (let next = open.pop(); next; next = open.pop()) {
    const { folder } = next;
    const absolute = join(at.root, folder);
    const entries = readFolder(absolute);
    const rules = withRulesIn(absolute, entries, next.rules, at);
    const inside = (name: string): WorkspacePath =>
      (folder === '.' ? name : `${folder}/${name}`) as WorkspacePath;
    for (const name of filesIn(entries, at)) {
      if (isIgnored(join(absolute, name), false, rules, at)) continue;
      for (const out of visit(inside(name))) outs.add(out);
    }
    const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    for (const name of folders.sort().reverse()) {
      if (!isEntered(name, absolute, at) || outs.has(inside(name))) continue;
      if (!isIgnored(join(absolute, name), true, rules, at)) open.push({ folder: inside(name), rules });
    }
  }
}

function readFolder(path: string): readonly Dirent[] {
  try {
    return entriesOf(path);
  } catch {
    // A folder that cannot be read has no pipeline file that could be loaded.
    return [];
  }
}

function filesIn(entries: readonly Dirent[], { loading, pipelineFile }: ProjectRoot): string[] {
  const names = entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
  const data = names.filter((name) => loading.isDataFile(name)).sort();
  return names.includes(pipelineFile) ? [pipelineFile, ...data] : data;
}

function isEntered(name: string, parent: string, { loading }: ProjectRoot): boolean {
  if (name === '.git' || name === '.hg' || name === '.dvc' || loading.isForeignFolder(name)) return false;
  return !existsSync(join(parent, name, '.dvc'));
}

function withRulesIn(
  folder: string,
  entries: readonly Dirent[],
  above: IgnoreRules,
  { loading }: ProjectRoot,
): IgnoreRules {
  const patterns = (name: string): readonly Patterns[] =>
    entries.some((entry) => entry.name === name) ? readPatterns(folder, join(folder, name)) : [];
  const own = patterns(loading.ignoreFile);
  const git = above.git && patterns('.gitignore');
  if (own.length === 0 && !git?.length) return above;
  return { git: git && [...above.git, ...git], own: [...above.own, ...own] };
}

/** None when there is no such file, or it cannot be read. */
function readPatterns(folder: string, file: string): Patterns[] {
  try {
    return [{ folder, matcher: ignorePatterns(readFileSync(file, 'utf8')) }];
  } catch {
    return [];
  }
}

/** Git's patterns from outside of the root and from `.git`; undefined outside of a git repository. */
function gitPatternsAbove(root: string): Patterns[] | undefined {
  const between: string[] = [];
  for (let folder = root; ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) {
      const global = join(process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'git/ignore');
      const parents = folder === root ? [] : [folder, ...between.slice(1).reverse()];
      return [
        ...readPatterns(folder, global),
        ...readPatterns(folder, join(folder, '.git/info/exclude')),
        ...parents.flatMap((parent) => readPatterns(parent, join(parent, '.gitignore'))),
      ];
    }
    if (dirname(folder) === folder) return undefined;
    between.push(folder);
  }
}

function isIgnored(
  path: string,
  isFolder: boolean,
  { git, own }: IgnoreRules,
  { loading }: ProjectRoot,
): boolean {
  return (
    (git !== undefined && matches(path, isFolder, git, loading.ignoresEmptied)) ||
    matches(path, isFolder, own, false)
  );
}

function matches(path: string, isFolder: boolean, all: readonly Patterns[], byContent: boolean): boolean {
  let verdict = false;
  for (const { folder, matcher } of all) {
    const inside = relative(folder, path);
    const result = matcher.test(isFolder ? `${inside}/` : inside);
    if (result.ignored) verdict ||= !isInherited(inside, matcher);
    else if (result.unignored) verdict = false;
    else if (isFolder && byContent && matcher.test(`${inside}/${ANYTHING}`).ignored) verdict = true;
  }
  return verdict;
}

/** These patterns ignore the folder of the path, but deeper ones overrule them, or it would not have been entered. */
function isInherited(path: string, matcher: IgnorePatterns): boolean {
  const slash = path.lastIndexOf('/');
  return slash > 0 && matcher.test(path.slice(0, slash + 1)).ignored;
}
