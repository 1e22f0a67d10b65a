// Which pipeline files and `.dvc` files a project has: a walk from the root that enters neither ignored folders, nor
// outputs of stages found before, nor other projects.
import { existsSync, readdirSync, readFileSync, type Dirent } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import type { ProjectRoot } from './project.ts';
import type { WorkspacePath } from './stage.ts';

/** Patterns of one ignore file, for paths below its folder. */
interface Rules {
  /** Absolute. */
  readonly folder: string;
  readonly matcher: Ignore;
}

/**
 * Calls `visit` with every file, the pipeline file of a folder before its `.dvc` files, a folder before its sub-folders.
 * @param visit returns the outputs of the stages in the file: folders among them are not entered.
 */
export function collectFiles(at: ProjectRoot, visit: (file: WorkspacePath) => Iterable<WorkspacePath>): void {
  const outs = new Set<string>();
  const open = [{ folder: '.', rules: [...gitRulesAbove(at.root)] }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { folder } = next;
    const absolute = join(at.root, folder);
    const entries = readFolder(absolute);
    const rules = [...next.rules, ...rulesIn(absolute, entries, at)];
    const inside = (name: string): WorkspacePath =>
      (folder === '.' ? name : `${folder}/${name}`) as WorkspacePath;
    for (const name of filesIn(entries, at)) {
      if (isIgnored(join(absolute, name), false, rules)) continue;
      for (const out of visit(inside(name))) outs.add(out);
    }
    const folders = entries
      .filter((entry) => entry.isDirectory() && isEntered(entry.name, absolute, at))
      .map((entry) => entry.name);
    for (const name of folders.sort().reverse()) {
      if (!outs.has(inside(name)) && !isIgnored(join(absolute, name), true, rules))
        open.push({ folder: inside(name), rules });
    }
  }
}

function readFolder(path: string): Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch {
    // A folder that cannot be read holds no pipeline file that could be used.
    return [];
  }
}

function filesIn(entries: readonly Dirent[], { kind, pipelineFile }: ProjectRoot): string[] {
  const names = entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
  const data = kind === 'dvc' ? names.filter((name) => name.endsWith('.dvc') && name !== '.dvc').sort() : [];
  return names.includes(pipelineFile) ? [pipelineFile, ...data] : data;
}

function isEntered(name: string, parent: string, { kind }: ProjectRoot): boolean {
  if (name === '.git' || name === '.hg' || name === '.dvc') return false;
  if (kind === 'pipe' && name === 'node_modules') return false;
  return !existsSync(join(parent, name, '.dvc'));
}

function rulesIn(folder: string, entries: readonly Dirent[], { kind }: ProjectRoot): Rules[] {
  const own = kind === 'dvc' ? '.dvcignore' : '.pipeignore';
  return ['.gitignore', own].flatMap((name) =>
    entries.some((entry) => entry.name === name) ? readRules(folder, join(folder, name)) : [],
  );
}

function readRules(folder: string, file: string): Rules[] {
  try {
    return [{ folder, matcher: ignore().add(readFileSync(file, 'utf8')) }];
  } catch {
    return [];
  }
}

/** Rules of the git repository around the root that lie above it. */
function gitRulesAbove(root: string): Rules[] {
  const above: string[] = [];
  for (let folder = root; ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) {
      const excluded = existsSync(join(folder, '.git/info/exclude'))
        ? readRules(folder, join(folder, '.git/info/exclude'))
        : [];
      const parents = above.filter((parent) => parent !== root).concat(folder === root ? [] : [folder]);
      return [
        ...excluded,
        ...parents
          .sort()
          .flatMap((parent) =>
            existsSync(join(parent, '.gitignore')) ? readRules(parent, join(parent, '.gitignore')) : [],
          ),
      ];
    }
    if (dirname(folder) === folder) return [];
    above.push(folder);
  }
}

function isIgnored(path: string, isFolder: boolean, rules: readonly Rules[]): boolean {
  let verdict = false;
  for (const { folder, matcher } of rules) {
    // The rules of deeper folders come last, and so win.
    const result = matcher.test(relative(folder, path) + (isFolder ? '/' : ''));
    if (result.ignored) verdict = true;
    else if (result.unignored) verdict = false;
  }
  return verdict;
}
