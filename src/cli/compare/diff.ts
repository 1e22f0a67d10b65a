// `pipe diff`: the data that differs between two revisions; with `--md` everything that differs, for a reviewer.
import { PipeError } from '../../base/problem.ts';
import { absolutePath, type WorkspacePath } from '../../base/workspace-path.ts';
import { diffData, type DataDiff, type DataEntry, type DataPair } from '../../compare/data-diff.ts';
import type { Content, Digest } from '../../hash/digest.ts';
import { isDirectory } from '../../hash/digest.ts';
import { lockedPath } from '../../lock/lock-entry.ts';
import { collectData, recordedData, type LookAt } from '../../revision/collect-data.ts';
import type { Revision } from '../../revision/project-at.ts';
import { WORKSPACE } from '../../revision/revision-at.ts';
import type { OpenWorkspace } from '../../session/open-workspace.ts';
import { dataJson, dataText, type DataReport } from '../../show/compare/data-text.ts';
import { wantsColour } from '../../show/text/colour.ts';
import { painter } from '../../show/text/paint.ts';
import { makePrinter, type OutputFlags } from '../printer.ts';
import { readingOf, type PullFlags } from './reading.ts';
import { reportOf, type ReportFlags } from './report.ts';
import { withSides, type Side, type Sides } from './sides.ts';

export interface DataDiffFlags extends OutputFlags, PullFlags, ReportFlags {
  readonly targets?: readonly string[];
  readonly md?: true;
  readonly showHash?: true;
  readonly hideMissing?: true;
}

/** @returns the exit code. */
export function diffCommand(
  a: string | undefined,
  b: string | undefined,
  flags: DataDiffFlags,
): Promise<number> {
  return withSides(async (sides) => {
    const [old, now] = [await sides.at(a ?? 'HEAD'), await sides.at(b ?? WORKSPACE)];
    const data = await dataBetween(old, now, b === undefined, sides, flags);
    const print = makePrinter(flags);
    if (flags.json) print.json(dataJson(data));
    else if (flags.md) print.text(await reportOf([old, now], data, sides, flags));
    else print.text(dataText(data, painter(wantsColour(process.stdout))));
    return 0;
  });
}

/** @param withMissing also what the cache lacks of the old side, as DVC does where no new side is named. */
async function dataBetween(
  old: Side,
  now: Side,
  withMissing: boolean,
  sides: Sides,
  flags: DataDiffFlags,
): Promise<DataReport> {
  const targets = (flags.targets ?? []).map(sides.inside);
  const { store } = readingOf(sides, flags);
  const entriesOf = async (side: Side): Promise<Map<string, DataEntry>> => {
    const revision = await side.revision();
    return collectData(revision, targets, await lookIn(revision));
  };
  const lookIn = async (revision: Revision): Promise<LookAt> =>
    revision.commit || revision.isExperiment
      ? recordedData(revision, store)
      : workspaceData(await sides.workspace());
  const [before, after] = [await entriesOf(old), await entriesOf(now)];
  refuseUnknown(targets, flags.targets ?? [], [before, after]);
  const diff = await withSizes(diffData(before, after), sides);
  const withHashes = flags.showHash === true;
  if (!withMissing || flags.hideMissing) return { diff, missing: undefined, withHashes };
  const workspace = await sides.workspace();
  const missing = [...before.values()].filter((entry) => !isCached(entry, workspace));
  return { diff, missing: missing.sort((x, y) => (x.path < y.path ? -1 : 1)), withHashes };
}

/** A folder of DVC is recorded without the sizes of its files: the cache knows those that it has. */
async function withSizes({ added, deleted, modified, renamed }: DataDiff, sides: Sides): Promise<DataDiff> {
  const isUnsized = ({ size, isFolder }: DataEntry): boolean => size === undefined && !isFolder;
  const pairs = [...modified, ...renamed].flatMap((pair) => [pair.old, pair.new]);
  if (![...added, ...deleted, ...pairs].some(isUnsized)) return { added, deleted, modified, renamed };
  const { store } = await sides.workspace();
  const sized = (entry: DataEntry): DataEntry =>
    isUnsized(entry) ? { ...entry, size: store.sizeOf(entry.digest as Digest) } : entry;
  const sizedPair = (pair: DataPair): DataPair => ({ old: sized(pair.old), new: sized(pair.new) });
  return {
    added: added.map(sized),
    deleted: deleted.map(sized),
    modified: modified.map(sizedPair),
    renamed: renamed.map(sizedPair),
  };
}

/** What the workspace holds now, hashed where it changed since the last look. */
const workspaceData =
  (workspace: OpenWorkspace): LookAt =>
  async (stage, out) => {
    const recorded = lockedPath(workspace.locks.entry(stage)?.outs, out.path);
    const content = await workspace.contents.get(out.at, recorded?.content);
    if (!content) return undefined;
    if (!isDirectory(content.digest)) return { content, files: [] };
    const { entries } = await workspace.hasher.tree(absolutePath(workspace.project.root, out.at));
    return { content, files: entries.flatMap((entry) => (entry.kind === 'file' ? [entry] : [])) };
  };

function isCached({ digest, size, isFolder }: DataEntry, { store }: OpenWorkspace): boolean {
  const content = { digest: digest as Digest, size } as Content;
  return isFolder ? store.entries(content) !== undefined : store.has(content);
}

function refuseUnknown(
  targets: readonly WorkspacePath[],
  given: readonly string[],
  sides: readonly ReadonlyMap<string, DataEntry>[],
): void {
  if (targets.length === 0 || sides.some(({ size }) => size > 0)) return;
  throw new PipeError({
    code: 'unknown-target',
    title: `neither side has data at ${given.map((path) => `'${path}'`).join(', ')}`,
    hint: 'name files or folders that stages write, or that `.dvc` files record',
  });
}
