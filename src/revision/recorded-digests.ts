// Every digest that the records of git revisions name: of lock files, and of the files of data. Read as text, so that a revision counts
// whose pipeline cannot be loaded. What only looks like a digest counts too.
import { digestsIn } from '../cache/manifests.ts';
import { runProgram } from '../base/run-program.ts';
import { namesBelow, type TreeEntry } from '../disk/mounted-tree.ts';
import type { Digest } from '../hash/digest.ts';
import type { ContentRules } from '../hash/content-rules.ts';
import { chooseRevisions, findCommit } from './choose-revisions.ts';
import type { RevisionFlags } from './chosen-revisions.ts';
import { gitFailed, openGitObjects } from './git-objects.ts';
import { GitFile, GitTrees } from './git-tree.ts';
import { meantNames } from './meant-names.ts';
import { gitTop } from './open-revisions.ts';

const RECORDS = /(?:^|\/)(?:pipeline\.lock|dvc\.lock|[^/]+\.dvc)$/;

/**
 * @param root absolute root of the project. Branches are those of remotes too, as others may be at work on them.
 * @param experiments absolute folder of the records of experiments: a revision that git does not know can be one of these.
 * @throws PipeError outside of git, for an unknown revision, and where git lacks an object.
 */
export async function recordedDigests(
  root: string,
  { allBranches, allTags, allCommits, rev = [] }: RevisionFlags,
  rules: ContentRules,
  experiments: string,
): Promise<ReadonlySet<Digest>> {
  const top = gitTop(root);
  const found = new Set<Digest>();
  const note = (text: string): void => {
    for (const digest of digestsIn(text, rules)) found.add(digest);
  };
  if (top === undefined) {
    const named = await meantNames(rev, () => Promise.resolve(undefined), experiments);
    const isOther = named.revs.length > 0 || allBranches || allTags || allCommits;
    if (isOther) throw gitFailed('the project is not in a git repository');
    for (const { locks } of named.experiments) for (const text of locks.values()) note(text);
    return found;
  }
  const objects = openGitObjects(top);
  const trees = new GitTrees(objects);
  const seen = new Set<string>();
  try {
    const named = await meantNames(rev, (name) => findCommit(name, objects), experiments);
    // Data that no stage makes is recorded at the commit that the experiment was run at.
    const bases: string[] = [];
    for (const { locks, revision } of named.experiments) {
      for (const text of locks.values()) note(text);
      if (revision !== undefined && (await findCommit(revision, objects))) bases.push(revision);
    }
    const remoteBranches = allBranches ? refsOf(top, 'refs/remotes') : [];
    const commits = await chooseRevisions(
      {
        revs: [...named.revs, ...bases, ...remoteBranches],
        ...(allBranches && { allBranches }),
        // Branches have always included tags here.
        ...((allTags || allBranches) && { allTags: true }),
        ...(allCommits && { allCommits }),
      },
      objects,
      top,
    );
    for (const { tree, names } of commits) {
      if (seen.has(tree)) continue;
      seen.add(tree);
      for (const file of await recordsIn(trees, tree, top, root)) {
        if (seen.has(file.id)) continue;
        seen.add(file.id);
        await trees.fetch([file]);
        const bytes = file.read();
        if (!bytes) throw gitFailed(`${names[0]} has an object that is not here: ${file.id}`);
        note(bytes.toString('latin1'));
      }
    }
    return found;
  } finally {
    objects.close();
  }
}

async function recordsIn(trees: GitTrees, treeId: string, top: string, root: string): Promise<GitFile[]> {
  let folder: TreeEntry | undefined = trees.folder(treeId);
  for (const name of namesBelow({ top, root: NOTHING }, root) ?? []) {
    await trees.fetch(folder ? [folder] : []);
    folder = folder?.kind === 'directory' ? folder.entries.get(name) : undefined;
  }
  await trees.open(folder);
  return [...filesBelow(folder, '')];
}

const NOTHING: TreeEntry & { kind: 'directory' } = { kind: 'directory', entries: new Map() };

function* filesBelow(entry: TreeEntry | undefined, path: string): Generator<GitFile> {
  if (entry?.kind === 'directory')
    for (const [name, inner] of entry.entries) yield* filesBelow(inner, `${path}/${name}`);
  else if (entry instanceof GitFile && RECORDS.test(path)) yield entry;
}

function refsOf(folder: string, kind: string): readonly string[] {
  const end = runProgram('git', ['for-each-ref', '--format=%(refname)', kind], { cwd: folder });
  if (end.kind !== 'exited' || end.code !== 0) throw gitFailed('it cannot list the branches');
  return end.stdout.split('\n').filter(Boolean);
}
