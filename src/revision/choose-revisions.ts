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
  /** So many commits of each name, following first parents; default 1. */
  readonly last?: number;
  /** Also every commit that is not older; milliseconds since the epoch. */
  readonly since?: number;
}

export interface Commit {
  readonly id: string;
  /** How it was asked for. */
  readonly names: readonly string[];
  /** Id of its tree. */
  readonly tree: string;
  readonly parents: readonly string[];
  /** When it was committed; milliseconds since the epoch. */
  readonly time: number;
}

/** @returns undefined where git knows no such commit. @throws PipeError where git fails. */
export async function findCommit(name: string, objects: GitObjects): Promise<Commit | undefined> {
  // A branch called `-x` is a name here, not an option.
  const object = await objects.get(`${name}^{commit}`);
  if (!object || object.type !== 'commit') return undefined;
  const head = object.bytes.toString('latin1').split('\n\n', 1)[0]!;
  const line = (key: string): readonly string[] =>
    [...head.matchAll(new RegExp(`^${key} (.*)$`, 'gm'))].map(([, value]) => value!);
  const [, seconds = '0'] = /> (\d+) [+-]\d+$/.exec(line('committer')[0] ?? '') ?? [];
  return {
    id: object.id,
    names: [name],
    tree: line('tree')[0]!,
    parents: line('parent'),
    time: Number(seconds) * 1000,
  };
}

/**
 * In the order: named, branches, tags, commits.
 * @param folder where git runs. @throws PipeError `unknown-revision`, or where git fails.
 */
export async function chooseRevisions(
  { revs = [], allBranches, allTags, allCommits, last = 1, since }: RevisionChoice,
  objects: GitObjects,
  folder: string,
): Promise<readonly Commit[]> {
  const found: Commit[] = [];
  for (const name of revs) found.push(...(await history(name, last, objects)));
  if (allCommits) found.push(...(await all(listCommits(folder), objects)));
  if (allBranches && !allCommits)
    for (const name of listRefs(folder, 'heads')) found.push(...(await history(name, last, objects)));
  if (allTags && !allCommits)
    // A tag can name what is no commit.
    for (const name of listRefs(folder, 'tags')) found.push(...[await named(name, objects)].filter(isCommit));
  if (since !== undefined)
    found.push(...(await all(listCommits(folder), objects)).filter(({ time }) => time >= since));
  return joined(found);
}

async function history(name: string, last: number, objects: GitObjects): Promise<readonly Commit[]> {
  const first = await named(name, objects);
  if (!first) throw unknownRevision(name, []);
  const found = [first];
  for (let count = 1; count < last; count += 1) {
    const parent = found.at(-1)!.parents[0];
    const next = parent === undefined ? undefined : await findCommit(parent, objects);
    if (!next) break;
    found.push({ ...next, names: [`${name}~${count}`] });
  }
  return found;
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
  lines(folder, ['rev-list', '--branches', '--tags', '--remotes', 'HEAD']);

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
