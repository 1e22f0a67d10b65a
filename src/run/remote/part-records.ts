// Files of an output folder that are asked for by themselves: as records of their own, taken from the recorded list of the folder.
import { lstatSync } from 'node:fs';
import { posix } from 'node:path';
import { absolutePath, type WorkspacePath } from '../../base/workspace-path.ts';
import { PipeError, type Problem } from '../../base/problem.ts';
import { chooseRemote } from '../../cache/remote/open-remote.ts';
import { receiveManifest } from '../../cache/remote/receive-object.ts';
import type { PartOfOut } from '../../graph/targets.ts';
import { isDirectory, type Content } from '../../hash/digest.ts';
import type { LockEntry } from '../../lock/lock-entry.ts';
import type { ManifestEntry } from '../../hash/tree.ts';
import type { Out } from '../../pipeline/stage.ts';
import type { Workspace } from '../../plan/workspace.ts';
import type { Exchange } from './exchange.ts';
import { isObject, type StageRecord } from './remote-outs.ts';

export interface RecordedPart extends PartOfOut {
  /** At a git revision; else the lock file of the workspace says what is recorded. */
  readonly recorded?: Pick<StageRecord, 'entry' | 'revision'>;
}

/**
 * One for each part, but for revisions that do not have it. Where the folder has more than files there, or its list is not in the cache, the record is that of the whole.
 * @throws PipeError for parts that the folders recorded in the workspace do not have.
 */
export function recordsOfParts(parts: readonly RecordedPart[], workspace: Workspace): readonly StageRecord[] {
  const problems: Problem[] = [];
  const records = parts.flatMap((part): StageRecord | readonly [] => {
    const { stage, out, at, recorded } = part;
    const entry = entryOf(part, workspace);
    const content = contentOf(part, workspace);
    const whole: StageRecord = { ...recorded, stage: { ...stage, outs: [out] }, entry };
    const entries = content && isDirectory(content.digest) ? workspace.store.entries(content) : undefined;
    if (!entry || !content || !entries || isBehindLink(out, at, workspace)) return whole;
    const inside = entriesIn(entries, posix.relative(out.at, at));
    if (inside.length === 0 && recorded) return [];
    if (inside.length === 0) problems.push(absentProblem(out, at));
    const files = inside.filter((item) => item.kind === 'file');
    if (files.length < inside.length) return whole;
    const placed = files.map((file) => ({
      out: {
        ...out,
        path: posix.join(out.path, file.path),
        at: posix.join(out.at, file.path) as WorkspacePath,
      },
      content: contentOfFile(file, content, workspace),
    }));
    return {
      ...recorded,
      stage: { ...stage, outs: placed.map((one) => one.out) },
      entry: { ...entry, outs: placed.map((one) => ({ path: one.out.path, content: one.content })) },
    };
  });
  if (problems.length > 0) throw new PipeError(problems);
  return records;
}

/** Brings the lists of the folders into the cache; what is not there is found missing later. */
export async function fetchLists(parts: readonly RecordedPart[], exchange: Exchange): Promise<void> {
  const { workspace, asked, vaultOf } = exchange;
  const { layout, project } = workspace;
  for (const part of parts) {
    const content = contentOf(part, workspace);
    if (!content || !isDirectory(content.digest) || !isObject(content, layout)) continue;
    if (part.stage.origin?.kind === 'repository' || workspace.store.entries(content)) continue;
    const remote = await exchange.remote(chooseRemote(project.config.remotes, part.out.remote ?? asked));
    const vault = vaultOf(content);
    const { algorithm } = layout.content;
    const text = await receiveManifest({ remote, vault, content, algorithm });
    if (typeof text !== 'string') continue;
    vault.addText(text, content.digest);
    vault.flush();
  }
}

const entryOf = ({ stage, recorded }: RecordedPart, { locks }: Workspace): LockEntry | undefined =>
  recorded ? recorded.entry : locks.entry(stage);

const contentOf = (part: RecordedPart, workspace: Workspace): Content | undefined =>
  entryOf(part, workspace)?.outs.find(({ path, cloud }) => path === part.out.path && !cloud)?.content;

export const entriesIn = (entries: readonly ManifestEntry[], part: string): readonly ManifestEntry[] =>
  entries.filter(({ path }) => path === part || path.startsWith(`${part}/`));

const contentOfFile = (
  { digest, size, isexec }: Extract<ManifestEntry, { readonly kind: 'file' }>,
  { legacy }: Content,
  { store }: Workspace,
): Content => ({
  digest,
  size: size ?? store.sizeOf(digest) ?? 0,
  ...(isexec && { isexec }),
  ...(legacy && { legacy }),
});

/** A file in it alone would be written to where the link leads. */
function isBehindLink({ at: top }: Out, at: WorkspacePath, { project }: Workspace): boolean {
  for (let folder = posix.dirname(at); ; folder = posix.dirname(folder)) {
    const path = absolutePath(project.root, folder as WorkspacePath);
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return true;
    if (folder === top) return false;
  }
}

const absentProblem = (out: Out, at: WorkspacePath): Problem => ({
  code: 'unknown-target',
  title: `'${at}' is not in the output '${out.at}', as it is recorded`,
  hint: `name the output itself for all of its files: ${out.at}`,
});
