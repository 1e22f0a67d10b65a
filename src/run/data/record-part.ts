// Takes a part of a folder over into the record of the folder: the other files stay as they are recorded, whatever the workspace has.
import { createHash } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { shellQuote } from '../../base/shell-quote.ts';
import { PipeError } from '../../base/problem.ts';
import { absolutePath, type WorkspacePath } from '../../base/workspace-path.ts';
import { isDirectory, type Content, type Digest } from '../../hash/digest.ts';
import { compareBytes } from '../../hash/entry-names.ts';
import type { ManifestEntry, TreeEntry } from '../../hash/tree.ts';
import type { LockedPath } from '../../lock/lock-entry.ts';
import type { Out, Stage } from '../../pipeline/stage.ts';
import { gatherInputs } from '../../plan/inputs.ts';
import type { Workspace } from '../../plan/workspace.ts';
import { record } from '../publish.ts';
import type { RecordedData, RecordOptions } from './record-data.ts';

/** @param path inside of the output; a part that does not exist any more is left out. */
export async function recordPart(
  stage: Stage,
  out: Out,
  path: WorkspacePath,
  workspace: Workspace,
  { keep, warn }: RecordOptions,
): Promise<RecordedData> {
  const { project, locks, store, contents, hasher } = workspace;
  const entry = locks.entry(stage);
  const before = entry?.outs.find((other) => other.path === out.path);
  const known = before && isDirectory(before.content.digest) ? store.entries(before.content) : undefined;
  if (!entry || !before || !known) throw new PipeError(unknownProblem(stage, out));
  const part = path.slice(out.at.length + 1);
  const absolute = absolutePath(project.root, path);
  const now = await contents.get(path);
  if (!now && !known.some((item) => isInside(item.path, part)))
    throw new PipeError({ code: 'data-missing', title: `'${path}' does not exist` });
  const inside: readonly TreeEntry[] = !now
    ? []
    : isDirectory(now.digest)
      ? (await hasher.tree(absolute, now)).entries.map((item) => ({ ...item, path: `${part}/${item.path}` }))
      : [
          {
            kind: 'file',
            path: part,
            digest: now.digest,
            size: now.size,
            ...(now.isexec && { isexec: true }),
          },
        ];
  const entries = merged(known, part, inside, project.root, out.at, hasher.rules.keepsEmptyFolders);
  const manifest = hasher.rules.formatManifest(entries as readonly TreeEntry[]);
  const digest = `${createHash(hasher.rules.algorithm).update(manifest).digest('hex')}.dir` as Digest;
  if (keep && now) await store.store(absolute, now);
  if (keep) store.storeManifest(manifest, digest);
  if (keep) store.flush();
  const nfiles = entries.filter(({ kind }) => kind === 'file').length;
  const next = sized(
    { path: out.path, content: { digest, size: 0, nfiles } },
    before,
    known,
    entries,
    now,
    part,
  );
  const outs = entry.outs.map((other) => (other.path === out.path ? next : other));
  record(stage, await gatherInputs(stage, workspace), outs, false, workspace, warn);
  contents.written(out.at);
  return { stage, at: out.at, part: path, ...next, before: before.content };
}

const isInside = (path: string, part: string): boolean => path === part || path.startsWith(`${part}/`);

function merged(
  known: readonly ManifestEntry[],
  part: string,
  inside: readonly TreeEntry[],
  root: string,
  at: WorkspacePath,
  keepsEmptyFolders: boolean,
): readonly ManifestEntry[] {
  const others = known.filter(
    ({ path, kind }) =>
      !isInside(path, part) && !(kind === 'directory' && inside.length > 0 && isInside(part, path)),
  );
  const entries: ManifestEntry[] = [...others, ...inside];
  const folder = dirname(part);
  // What is left of the folder around a file that was removed.
  if (
    inside.length === 0 &&
    keepsEmptyFolders &&
    folder !== '.' &&
    !others.some(({ path }) => isInside(path, folder)) &&
    lstatSync(join(root, at, folder), { throwIfNoEntry: false })?.isDirectory()
  )
    entries.push({ kind: 'directory', path: folder });
  return entries.sort((a, b) => compareBytes(a.path, b.path));
}

/** Where the sizes of all files are not known, DVC's rule: a sum where files were only added, else no size. */
function sized(
  next: LockedPath,
  before: LockedPath,
  known: readonly ManifestEntry[],
  entries: readonly ManifestEntry[],
  now: Content | undefined,
  part: string,
): LockedPath {
  const withSize = (size: number): LockedPath => ({ ...next, content: { ...next.content, size } });
  const files = entries.filter((entry) => entry.kind === 'file');
  if (files.every(({ size }) => size !== undefined))
    return withSize(files.reduce((sum, { size }) => sum + (size ?? 0), 0));
  const isAdded = !known.some(({ path }) => isInside(path, part));
  if (isAdded && now && before.content.size > 0) return withSize(before.content.size + now.size);
  if (next.content.digest === before.content.digest) return before;
  return { ...next, unsized: true };
}

const unknownProblem = (stage: Stage, out: Out): ConstructorParameters<typeof PipeError>[0] => ({
  code: 'data-part-unknown',
  title: `the cache does not have the recorded list of the files in '${out.at}'`,
  hint: `fetch it (\`pipe fetch ${shellQuote(stage.address)}\`), or add the whole folder (\`pipe add ${shellQuote(out.at)}\`)`,
  place: stage.place,
});
