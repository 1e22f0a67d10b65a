// Makes a git branch of an experiment: the commit that it was made at, with its parameters, its lock files and the outputs that git
// has. Works on git's objects: neither the workspace nor its index changes.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { PipeError } from '../../base/problem.ts';
import { runProgram } from '../../base/run-program.ts';
import type { WorkspacePath } from '../../base/workspace-path.ts';
import { lockTextWith, locksOf } from '../../experiment/record-locks.ts';
import type { ExperimentRecord } from '../../experiment/record.ts';
import { wantedTexts } from '../../experiment/wanted-texts.ts';
import type { ParamSource } from '../../pipeline/params/param-sources.ts';
import { sourcesInText } from '../../pipeline/params/param-sources.ts';
import type { OpenWorkspace } from '../open-workspace.ts';
import { lockFileOf } from './lock-texts.ts';

export interface MadeBranch {
  readonly branch: string;
  readonly commit: string;
  /** Files that differ from the commit that the experiment was made at. */
  readonly files: readonly string[];
}

/** @throws PipeError for a branch that exists, and outside of git. */
export function branchOf(record: ExperimentRecord, branch: string, workspace: OpenWorkspace): MadeBranch {
  const { project, folders } = workspace;
  const { revision } = record;
  if (revision === undefined)
    throw new PipeError({
      code: 'exp-no-commit',
      title: `'${record.name}' was made outside of git, or before the first commit`,
      hint: 'commit the project, and run the experiment again',
    });
  const area = join(folders.scratch, `branch-${process.pid}`);
  mkdirSync(area, { recursive: true });
  try {
    const git = openGit(project.root, join(area, 'index'));
    if (git.ask('rev-parse', '--verify', '--quiet', `refs/heads/${branch}`) !== undefined)
      throw new PipeError({
        code: 'exp-branch-exists',
        title: `git has a branch '${branch}' already`,
        hint: `give another name: \`pipe exp branch ${record.name} NAME\``,
      });
    const prefix = git.run('rev-parse', '--show-prefix').trim();
    git.run('read-tree', revision);
    const files = filesOf(record, revision, prefix, git, workspace);
    for (const [file, bytes] of files) {
      const aside = join(area, 'content');
      writeFileSync(aside, bytes);
      const blob = git.run('hash-object', '-w', '--no-filters', '--', aside).trim();
      const mode = /^\d+/.exec(git.run('ls-files', '-s', '--', `:(top,literal)${prefix}${file}`))?.[0];
      git.run('update-index', '--add', '--cacheinfo', `${mode ?? '100644'},${blob},${prefix}${file}`);
    }
    const tree = git.run('write-tree').trim();
    const settings = record.overlays.map((overlay) => `-S ${overlay}`).join('\n');
    const message = `Experiment ${record.name}\n${settings === '' ? '' : `\n${settings}\n`}`;
    const commit = git.run('commit-tree', tree, '-p', revision, '-m', message).trim();
    // Created, never moved.
    git.run(
      'update-ref',
      '-m',
      `pipe exp branch ${record.name}`,
      `refs/heads/${branch}`,
      commit,
      '0'.repeat(commit.length),
    );
    const names = git.run('diff-tree', '-r', '-z', '--name-only', '--relative', revision, commit);
    return { branch, commit, files: names.split('\0').filter(Boolean) };
  } finally {
    rmSync(area, { recursive: true, force: true });
  }
}

interface Git {
  /** @throws PipeError where git fails. */
  run(...args: readonly string[]): string;
  /** Undefined where git fails. */
  ask(...args: readonly string[]): string | undefined;
}

function openGit(cwd: string, index: string): Git {
  const call = (args: readonly string[]): ReturnType<typeof runProgram> =>
    runProgram('git', args, { cwd, env: { ...process.env, GIT_INDEX_FILE: index } });
  return {
    run(...args) {
      const end = call(args);
      if (end.kind === 'exited' && end.code === 0) return end.stdout;
      throw new PipeError({
        code: 'git-failed',
        title: `git cannot make the branch (git ${args[0]!})`,
        facts: [['reason', end.kind === 'exited' ? end.stderr.trim() : 'git is not installed, or was ended']],
        hint: 'the workspace is as it was',
      });
    },
    ask(...args) {
      const end = call(args);
      return end.kind === 'exited' && end.code === 0 ? end.stdout : undefined;
    },
  };
}

/** By path from the root of the project. */
function filesOf(
  record: ExperimentRecord,
  revision: string,
  prefix: string,
  git: Git,
  workspace: OpenWorkspace,
): ReadonlyMap<string, string | Buffer> {
  const textAt = (file: string): string | undefined => git.ask('show', `${revision}:${prefix}${file}`);
  const sources = [...record.params.keys()].flatMap((file): readonly ParamSource[] => {
    const text = textAt(file);
    return text === undefined ? [] : sourcesInText(text, file as WorkspacePath, workspace.project.files);
  });
  const files = new Map<string, string | Buffer>(wantedTexts(record, sources, textAt));
  for (const [file, text] of lockFiles(record, textAt, workspace)) files.set(file, text);
  for (const [file, bytes] of uncachedOuts(record, workspace)) files.set(file, bytes);
  return files;
}

/** Entries of other stages stay. */
function lockFiles(
  record: ExperimentRecord,
  textAt: (file: string) => string | undefined,
  { dialect }: OpenWorkspace,
): readonly (readonly [string, string])[] {
  const { format } = dialect.lockFile;
  return [...locksOf(record, format)].map(([file, { entries }]) => [
    file,
    lockTextWith(entries, textAt(file) ?? '', file, format),
  ]);
}

/** Git has the outputs that the cache does not keep for the workspace. */
function uncachedOuts(
  record: ExperimentRecord,
  { project, dialect, store }: OpenWorkspace,
): readonly (readonly [string, Buffer])[] {
  const locks = locksOf(record, dialect.lockFile.format);
  return project.stages.flatMap((stage) => {
    const entry = locks.get(lockFileOf(stage, dialect))?.entries.get(stage.name);
    const contentOf = new Map(entry?.outs.map(({ path, content }) => [path, content]));
    return stage.outs.flatMap((out) => {
      const content = out.cache || posix.isAbsolute(out.at) ? undefined : contentOf.get(out.path);
      const bytes = content && store.read(content);
      return bytes ? [[out.at, bytes] as const] : [];
    });
  });
}
