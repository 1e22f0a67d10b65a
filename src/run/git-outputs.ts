// Keeps outputs that the cache holds out of git: which of them git tracks or ignores, and the lines of `.gitignore` for the rest.
import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative } from 'node:path';
import { runProgram } from '../base/run-program.ts';
import { LineAppender, removeLine } from '../disk/append-line.ts';
import { isInGit } from '../disk/in-git.ts';
import type { Project } from '../pipeline/project.ts';
import type { Stage } from '../pipeline/stage.ts';

export interface GitOutputs {
  /** Cached outputs of the stage that git tracks, as paths from the root. */
  tracked(stage: Stage): readonly string[];
  /** Adds the lines that are missing. @returns the absolute paths of the `.gitignore` files that it changed. */
  ignore(stage: Stage): readonly string[];
  /** Removes the lines of the outputs. @returns the absolute paths of the `.gitignore` files that it changed. */
  unignore(stage: Stage): readonly string[];
}

/**
 * @param folderFor the folder, from the root, whose `.gitignore` names an output; undefined: no line is written.
 * @returns undefined where the project is not in git. git itself is started when it is first asked.
 */
export function openGitOutputs(
  { root, stages }: Pick<Project, 'root' | 'stages'>,
  folderFor: (path: string) => string | undefined,
): GitOutputs | undefined {
  if (!isInGit(root)) return undefined;
  const declared = new Set(stages.flatMap(cachedOuts));
  const appender = new LineAppender();
  // Asked once for all stages: starting git takes longer than most of what a small stage does.
  let known: { readonly tracked: ReadonlySet<string>; readonly ignored: ReadonlySet<string> } | undefined;
  const ask = (): NonNullable<typeof known> =>
    (known ??= {
      tracked: withFolders(git(root, ['ls-files', '-z'])),
      ignored: new Set(ignoredAmong(root, [...declared])),
    });
  return {
    tracked: (stage) => cachedOuts(stage).filter((path) => ask().tracked.has(path)),
    ignore(stage) {
      const changed = new Set<string>();
      for (const path of cachedOuts(stage)) {
        if (ask().ignored.has(path) || ask().tracked.has(path)) continue;
        // A pattern for folders (`/models/`) matches only once the folder is there.
        const isFolder = statSync(join(root, path), { throwIfNoEntry: false })?.isDirectory() === true;
        if ((isFolder || !declared.has(path)) && ignoredAmong(root, [path]).length > 0) continue;
        const folder = folderFor(path);
        if (folder === undefined) continue;
        const file = join(realpathSync.native(join(root, folder)), '.gitignore');
        if (appender.append(file, ignorePattern(relative(folder, path)))) changed.add(file);
      }
      return [...changed];
    },
    unignore: (stage) =>
      cachedOuts(stage).flatMap((path) => {
        const folder = folderFor(path);
        if (folder === undefined || !existsSync(join(root, folder))) return [];
        const file = join(realpathSync.native(join(root, folder)), '.gitignore');
        return removeLine(file, ignorePattern(relative(join(root, folder), join(root, path)))) ? [file] : [];
      }),
  };
}

const cachedOuts = (stage: Stage): string[] =>
  stage.outs.filter((out) => out.cache && !isAbsolute(out.at)).map((out) => out.at);

const ignoredAmong = (root: string, paths: readonly string[]): readonly string[] =>
  git(root, ['check-ignore', '-z', '--no-index', '--stdin'], paths.join('\0'));

/** The files and every folder around one of them. */
function withFolders(files: readonly string[]): ReadonlySet<string> {
  const paths = new Set(files);
  for (const file of files) {
    for (let folder = dirname(file); folder !== '.' && !paths.has(folder); folder = dirname(folder))
      paths.add(folder);
  }
  return paths;
}

/** Paths that git prints; none where git is not installed, or refuses the repository. */
export function git(root: string, args: readonly string[], input = ''): readonly string[] {
  const end = runProgram('git', args, { cwd: root, input });
  return end.kind === 'exited' ? end.stdout.split('\0').filter((path) => path !== '') : [];
}

/**
 * The line of a `.gitignore` that matches one path below its folder. As DVC writes it, except for names that git would not match
 * then: git reads a backslash as an escape, and removes blanks and a carriage return at the end of a line.
 */
export function ignorePattern(path: string): string {
  const escaped = path
    .replace(/[[\]!*#?\\]/g, '\\$&')
    .replace(/ +$/, (blanks) => blanks.replaceAll(' ', '\\ '))
    .replace(/\r$/, '[\r]')
    .replaceAll('\n', '[[:cntrl:]]');
  return `/${escaped}`;
}
