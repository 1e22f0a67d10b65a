// Keeps cached outputs out of git, as DVC does: one line per output in the `.gitignore` of its folder. With `core.autostage` it adds the
// files that record the outputs to git. Does nothing outside of git, or with `core.no_scm`.
import { appendFileSync, existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { isOn, readDvcConfig } from './config.ts';
import { errno, PipeError, type Problem } from '../base/problem.ts';
import { runProgram } from '../base/run-program.ts';
import type { Project } from '../pipeline/project.ts';
import type { Stage } from '../pipeline/stage.ts';
import { naming } from '../disk/system-problem.ts';

export interface Gitignore {
  /** @throws PipeError for a cached output that git tracks: it cannot be in both. */
  refuseTracked(stage: Stage): void;
  /** Adds the lines that are missing. */
  ignore(stage: Stage): void;
  /** With `core.autostage`: adds the written files to git. Called when everything is recorded. */
  addToGit(): void;
}

export function openGitignore({ root, stages }: Pick<Project, 'root' | 'stages'>): Gitignore | undefined {
  if (!isInGit(root)) return undefined;
  const config = readDvcConfig(root);
  if (isOn(config, 'core', 'no_scm')) return undefined;
  const written = new Set<string>();
  // One call for all stages: starting git takes longer than a small stage.
  let known: { readonly tracked: ReadonlySet<string>; readonly ignored: ReadonlySet<string> } | undefined;
  const ask = (): NonNullable<typeof known> =>
    (known ??= {
      tracked: withFolders(git(root, ['ls-files', '-z'])),
      ignored: new Set(ignoredAmong(root, stages.flatMap(cached))),
    });
  return {
    refuseTracked(stage) {
      const found = cached(stage).filter((path) => ask().tracked.has(path));
      if (found.length > 0) throw new PipeError(found.map((path) => trackedProblem(stage, path)));
    },
    ignore(stage) {
      written.add(join(root, stage.cmd === null ? stage.file : join(dirname(stage.file), 'dvc.lock')));
      for (const path of cached(stage)) {
        if (ask().ignored.has(path)) continue;
        // A pattern for folders (`/models/`) holds only once the folder is there.
        const folder = statSync(join(root, path)).isDirectory();
        if (folder && ignoredAmong(root, [path]).length > 0) continue;
        const changed = addLine(join(root, path));
        if (changed !== undefined) written.add(changed);
      }
    },
    addToGit() {
      if (isOn(config, 'core', 'autostage') && written.size > 0) git(root, ['add', '--', ...written]);
    },
  };
}

const cached = (stage: Stage): string[] =>
  stage.outs.filter((out) => out.cache && !isAbsolute(out.at)).map((out) => out.at);

const ignoredAmong = (root: string, paths: readonly string[]): readonly string[] =>
  git(root, ['check-ignore', '-z', '--no-index', '--stdin'], paths.join('\0'));

/** The files and every folder that contains one of them. */
function withFolders(files: readonly string[]): ReadonlySet<string> {
  const paths = new Set(files);
  for (const file of files) {
    for (let folder = dirname(file); folder !== '.' && !paths.has(folder); folder = dirname(folder))
      paths.add(folder);
  }
  return paths;
}

function isInGit(root: string): boolean {
  for (let folder = root; ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return true;
    if (folder === dirname(folder)) return false;
  }
}

/** Paths that git prints; none where git is not installed. */
function git(root: string, args: readonly string[], input = ''): readonly string[] {
  const end = runProgram('git', args, { cwd: root, input });
  return end.kind === 'exited' ? end.stdout.split('\0').filter((path) => path !== '') : [];
}

/**
 * The line of a `.gitignore` that matches one name in its folder. As DVC writes it, except for names that git would not match
 * then: git reads a backslash as an escape, and removes blanks and a carriage return at the end of a line.
 */
export function ignorePattern(name: string): string {
  const escaped = name
    .replace(/[[\]!*#?\\]/g, '\\$&')
    .replace(/ +$/, (blanks) => blanks.replaceAll(' ', '\\ '))
    .replace(/\r$/, '[\r]')
    .replaceAll('\n', '[[:cntrl:]]');
  return `/${escaped}`;
}

/** @returns the `.gitignore` that was changed. */
function addLine(path: string): string | undefined {
  const file = join(realpathSync(dirname(path)), '.gitignore');
  const line = ignorePattern(basename(path));
  const text = readText(file);
  if (text.split('\n').includes(line)) return undefined;
  naming(file, () => appendFileSync(file, `${text === '' || text.endsWith('\n') ? '' : '\n'}${line}\n`));
  return file;
}

function readText(file: string): string {
  try {
    return naming(file, () => readFileSync(file, 'utf8'));
  } catch (error) {
    if (errno(error) === 'ENOENT') return '';
    throw error;
  }
}

function trackedProblem(stage: Stage, path: string): Problem {
  return {
    code: 'out-tracked-by-git',
    title: `git tracks '${path}', which the stage '${stage.address}' writes and the cache keeps`,
    hint: `remove it from git (\`git rm -r --cached '${path}'\`), or declare it with \`cache: false\``,
    place: stage.place,
  };
}
