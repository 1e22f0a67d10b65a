// Which commits are meant: by name, or all branches, tags or commits. Commits with several names are one.
import { runProgram } from '../base/run-program.ts';
import { didYouMean } from '../base/suggest.ts';
import { PipeError } from '../base/problem.ts';
import { gitFailed, type GitObjects } from './git-objects.ts';

export interface RevisionChoice {
  /** As git understands them: `HEAD~1`, `main`, `v1.0`, `1f2e3d4`. */
  readonly revs?: readonly string[];
  /** Local branches. */
  readonly allBranches?: boolean;
  readonly allTags?: boolean;
  /** Every commit that a branch, tag or remote branch reaches. */
  readonly allCommits?: boolean;
}

export interface Commit {
  readonly id: string;
  /** How it was asked for. */
  readonly names: readonly string[];
  /** Id of its tree. */
  readonly tree: string;
}

/** @returns undefined where git knows no such commit. @throws PipeError where git fails. */
export async function findCommit(name: string, objects: GitObjects): Promise<Commit | undefined> {
  // A branch called `-x` is a name here, not an option.
  const object = await objects.get(`${name}^{commit}`);
  if (!object || object.type !== 'commit') return undefined;
  const [, tree] = /^tree ([0-9a-f]+)\n/.exec(object.bytes.toString('latin1')) ?? [];
  return { id: object.id, names: [name], tree: tree! };
}

/**
 * In the order: named, branches, tags, commits.
 * @param folder where git runs. @throws PipeError `unknown-revision`, or where git fails.
 */
export async function chooseRevisions(
  { revs = [], allBranches, allTags, allCommits }: RevisionChoice,
  objects: GitObjects,
  folder: string,
): Promise<readonly Commit[]> {
  const found: Commit[] = [];
  for (const name of revs) found.push(await required(name, objects));
  if (allCommits) found.push(...(await all(listCommits(folder), objects)));
  if (allBranches && !allCommits)
    for (const name of listRefs(folder, 'heads')) found.push(await required(name, objects));
  if (allTags && !allCommits)
    // A tag can name what is no commit.
    for (const name of listRefs(folder, 'tags')) found.push(...[await named(name, objects)].filter(isCommit));
  return joined(found);
}

async function required(name: string, objects: GitObjects): Promise<Commit> {
  const commit = await named(name, objects);
  if (!commit) throw unknownRevision(name, []);
  return commit;
}

/** A name of a branch or tag comes with its folder, so that one of the other kind is not found in its place. */
async function named(name: string, objects: GitObjects): Promise<Commit | undefined> {
  const commit = await findCommit(name, objects);
  return commit && { ...commit, names: [name.replace(/^refs\/(?:heads|tags)\//, '')] };
}

async function all(ids: readonly string[], objects: GitObjects): Promise<readonly Commit[]> {
  const found = await Promise.all(ids.map((id) => findCommit(id, objects)));
  return found.filter(isCommit);
}

const isCommit = (commit: Commit | undefined): commit is Commit => commit !== undefined;

function joined(commits: readonly Commit[]): readonly Commit[] {
  const byId = Map.groupBy(commits, ({ id }) => id);
  return [...byId.values()].map((same) => ({
    ...same[0]!,
    names: [...new Set(same.flatMap(({ names }) => names))],
  }));
}

/** Full names, sorted. */
const listRefs = (folder: string, kind: 'heads' | 'tags'): readonly string[] =>
  lines(folder, ['for-each-ref', '--format=%(refname)', `refs/${kind}`]);

/** Newest first. */
const listCommits = (folder: string): readonly string[] =>
  lines(folder, ['rev-list', '--branches', '--tags', '--remotes', ...(hasCommits(folder) ? ['HEAD'] : [])]);

/** Not in a new repository. In any other one a `HEAD` that names nothing is an error of git: garbage collection asks here too. */
const hasCommits = (folder: string): boolean =>
  ['rev-parse --verify --quiet HEAD', 'reflog exists HEAD'].some((command) => {
    const end = runProgram('git', command.split(' '), { cwd: folder });
    return end.kind !== 'exited' || end.code === 0;
  });

function lines(folder: string, args: readonly string[]): readonly string[] {
  const end = runProgram('git', args, { cwd: folder });
  if (end.kind === 'exited' && end.code === 0) return end.stdout.split('\n').filter(Boolean);
  if (end.kind === 'exited') throw gitFailed(end.stderr.trim() || `exit code ${end.code}`);
  throw gitFailed(end.kind === 'missing' ? 'git is not installed' : 'a signal ended git');
}

/** @param known other names, such as those of experiments. */
export function unknownRevision(name: string, known: Iterable<string>): PipeError {
  return new PipeError({
    code: 'unknown-revision',
    title: `git knows no revision '${name}'`,
    hint:
      didYouMean(name, known) ??
      'give a branch, a tag, a commit (`git log --oneline`) or `workspace`; in a shallow clone, `git fetch --unshallow` brings older commits',
  });
}
