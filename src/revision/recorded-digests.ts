// Every digest that the records of git revisions name: of lock files, and of the files of data. Read as text, so that a revision counts
// whose pipeline cannot be loaded. What only looks like a digest counts too.
import { digestsIn } from '../cache/manifests.ts';
import { runProgram } from '../base/run-program.ts';
import { namesBelow, type TreeEntry } from '../disk/mounted-tree.ts';
import type { Digest } from '../hash/digest.ts';
import type { ContentRules } from '../hash/content-rules.ts';
import { chooseRevisions } from './choose-revisions.ts';
import type { RevisionFlags } from './chosen-revisions.ts';
import { gitFailed, openGitObjects } from './git-objects.ts';
import { GitFile, GitTrees } from './git-tree.ts';
import { gitTop } from './open-revisions.ts';

const RECORDS = /(?:^|\/)(?:pipeline\.lock|dvc\.lock|[^/]+\.dvc)$/;

/**
 * @param root absolute root of the project. Branches are those of remotes too, as others may be at work on them.
 * @throws PipeError outside of git, for an unknown revision, and where git lacks an object.
 */
export async function recordedDigests(
  root: string,
  { allBranches, allTags, allCommits, rev = [] }: RevisionFlags,
  rules: ContentRules,
): Promise<ReadonlySet<Digest>> {
  const top = gitTop(root);
  if (top === undefined) throw gitFailed('the project is not in a git repository');
  const objects = openGitObjects(top);
  const trees = new GitTrees(objects);
  const found = new Set<Digest>();
  const seen = new Set<string>();
  try {
    const remoteBranches = allBranches ? refsOf(top, 'refs/remotes') : [];
    const commits = await chooseRevisions(
      {
        revs: [...rev, ...remoteBranches],
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
        for (const digest of digestsIn(bytes.toString('latin1'), rules)) found.add(digest);
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
