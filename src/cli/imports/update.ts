// `pipe update`: brings a newer version of imported data, if its source has one.
import { isDeepStrictEqual } from 'node:util';
import { shellQuote } from '../../base/shell-quote.ts';
import { PipeError, type Problem } from '../../base/problem.ts';
import type { DeclaredImport } from '../../dialect.ts';
import { absolutePath } from '../../base/workspace-path.ts';
import type { LockedOrigin, LockEntry } from '../../lock/lock-entry.ts';
import type { Stage } from '../../pipeline/stage.ts';
import { forgetAnswers } from '../../repository/git-clone.ts';
import type { BesideRun } from '../../run/beside-run.ts';
import { importData, importSent, importWithoutData, outOf } from '../../run/import/import-data.ts';
import { selectStages } from '../../session/load.ts';
import type { OpenWorkspace } from '../../session/open-workspace.ts';
import { withLockedWorkspace } from '../../session/with-workspace.ts';
import { openWorkspaceSource } from '../../run/import/workspace-source.ts';
import type { DataSource } from '../../source/data-source.ts';
import { bytesText } from '../../show/text/bytes-text.ts';
import { spelledOut } from '../../show/text/spell-out.ts';
import { makePrinter } from '../printer.ts';
import { printProblem } from '../problems.ts';
import { writePipeline } from '../write-pipeline.ts';
import { downloading, reportSaved } from './downloading.ts';
import { findingOf, type Finding } from './finding.ts';
import { entryJson } from './import-new.ts';
import { shownOrigin } from './shown-origin.ts';
import { refuseLoneRemote, sendToRemote, type ToRemoteFlags } from './to-remote.ts';

export interface UpdateFlags extends ToRemoteFlags {
  readonly rev?: string;
  readonly recursive?: true;
  readonly download?: boolean;
}

interface Updated {
  readonly stage: Stage;
  readonly what: 'updated' | 'unchanged' | 'failed';
  readonly entry?: LockEntry;
}

/** @param targets imports, or folders with them; none: every import. @returns the exit code. */
export async function updateCommand(targets: readonly string[], flags: UpdateFlags): Promise<number> {
  refuseLoneRemote(flags);
  return withLockedWorkspace({}, async (workspace, beside) => {
    const stages = importsAmong(targets, flags, workspace);
    const print = makePrinter(flags);
    const updated = new Map<Stage, Updated>();
    // Another revision is written where the import is declared: from the end, so that the places before it stay right.
    for (const stage of flags.rev === undefined ? stages : [...stages].sort(fromTheEnd)) {
      const update = await updateOne(stage, workspace, beside, flags);
      updated.set(stage, update);
      if (update.what !== 'failed') print.line(updatedText(update));
    }
    const updates = stages.map((stage) => updated.get(stage)!);
    print.json({
      imports: updates.map(({ stage, what, entry }) => ({
        path: outOf(stage).at,
        from: shownOrigin(stage.origin!),
        what,
        ...(entry && entryJson(entry)),
      })),
    });
    return updates.some(({ what }) => what === 'failed') ? 1 : 0;
  });
}

const fromTheEnd = ({ place: a }: Stage, { place: b }: Stage): number =>
  (b.line ?? 0) - (a.line ?? 0) || (b.column ?? 0) - (a.column ?? 0);

/** Before a run. @throws PipeError for one that cannot be brought. */
export async function bringUpdates(
  stages: readonly Stage[],
  workspace: OpenWorkspace,
  beside: BesideRun | undefined,
): Promise<void> {
  const work = async (): Promise<void> => {
    // `pipe watch` comes here again and again.
    forgetAnswers();
    for (const stage of stages) {
      const updated = await bringUpdate(stage, stage, workspace, beside, {});
      if (updated.what === 'updated') process.stderr.write(`${updatedText(updated)}\n`);
    }
  };
  // Stages lock their own files; this writes where DVC might.
  await (beside ? beside.exclusive(work) : work());
}

/** @throws PipeError for targets that are no imports, and for a revision where none has one. */
function importsAmong(
  targets: readonly string[],
  { rev, recursive }: UpdateFlags,
  workspace: OpenWorkspace,
): readonly Stage[] {
  const selected = selectStages(workspace, targets, {
    ...(targets.length > 0 && { single: true }),
    ...(recursive && { recursive: true }),
  });
  const imports = selected.filter(({ origin }) => origin !== undefined);
  const others = selected.filter(({ origin }) => origin === undefined);
  if (targets.length > 0 && !recursive && others.length > 0) throw new PipeError(others.map(notImported));
  const withoutRevs = imports.filter(({ origin }) => origin!.kind === 'url');
  if (rev !== undefined && withoutRevs.length > 0) throw new PipeError(withoutRevs.map(withoutRevision));
  return imports;
}

async function updateOne(
  declared: Stage,
  workspace: OpenWorkspace,
  beside: BesideRun | undefined,
  flags: UpdateFlags,
): Promise<Updated> {
  const { rev } = flags;
  const stage: Stage =
    rev !== undefined && declared.origin?.kind === 'repository'
      ? { ...declared, origin: { ...declared.origin, rev } }
      : declared;
  try {
    return await bringUpdate(declared, stage, workspace, beside, flags);
  } catch (error) {
    // The other imports are no worse for it.
    if (!(error instanceof PipeError)) throw error;
    for (const problem of error.problems) printProblem({ place: declared.place, ...problem });
    return { stage, what: 'failed' };
  }
}

async function bringUpdate(
  declared: Stage,
  stage: Stage,
  workspace: OpenWorkspace,
  beside: BesideRun | undefined,
  flags: UpdateFlags,
): Promise<Updated> {
  const finding = findingOf(stage.origin!, stage);
  const before = workspace.locks.entry(declared);
  const declare = (): void => follow(declared, stage, workspace);
  const importing = { workspace, beside, declare, onSaved: reportSaved };
  // A record that has the revision itself needs the new one.
  const recorded = followed(declared, stage, workspace) ? declared : stage;
  const origin = await finding.look(workspace);
  const same = isDeepStrictEqual(origin, before?.origin);
  if (flags.download === false) {
    if (same && stage === declared) return { stage, what: 'unchanged', ...(before && { entry: before }) };
    return { stage, what: 'updated', entry: await importWithoutData(recorded, origin, importing) };
  }
  if (flags.toRemote) {
    // Where it was sent is not recorded: a remote that is named may not be the one.
    if (same && before?.outs.length === 1 && flags.remote === undefined)
      return { stage, what: 'unchanged', entry: before };
    return { stage, what: 'updated', entry: await sendUpdate(stage, importing, workspace, flags) };
  }
  if (same && before && (await isInPlace(stage, before, workspace))) {
    if (stage !== declared) declare();
    return { stage, what: 'unchanged', entry: before };
  }
  const entry = await bring(recorded, finding, importing, workspace, flags);
  return { stage, what: 'updated', entry };
}

async function sendUpdate(
  stage: Stage,
  importing: Parameters<typeof importData>[2],
  workspace: OpenWorkspace,
  flags: UpdateFlags,
): Promise<LockEntry> {
  const { origin } = stage;
  if (origin?.kind !== 'url') throw new PipeError(notSendable(stage));
  const open = (): Promise<DataSource> => openWorkspaceSource(origin, workspace);
  return importSent(stage, await sendToRemote(open, outOf(stage).remote, workspace, flags), importing);
}

function bring(
  stage: Stage,
  finding: Finding,
  importing: Parameters<typeof importData>[2],
  workspace: OpenWorkspace,
  flags: UpdateFlags,
): Promise<LockEntry> {
  const { outModesCount: modes } = workspace.rules;
  return downloading(finding.doing, flags, (options) =>
    importData(
      stage,
      (path): Promise<LockedOrigin> =>
        finding.bring(workspace, path, { ...options, jobs: flags.jobs, modes }),
      importing,
    ),
  );
}

/** The data is there as it was imported, and the cache has it. */
async function isInPlace(stage: Stage, { outs }: LockEntry, workspace: OpenWorkspace): Promise<boolean> {
  const out = outOf(stage);
  const content = outs.find(({ path }) => path === out.path)?.content;
  if (!content || !workspace.store.has(content)) return false;
  return (await workspace.contents.get(out.at, content))?.digest === content.digest;
}

/** Declares another revision, where the record of the import does not do it. */
function follow(declared: Stage, stage: Stage, workspace: OpenWorkspace): void {
  const next = followed(declared, stage, workspace);
  if (next) writePipeline(absolutePath(workspace.project.root, next.file), next.text);
}

function followed(
  declared: Stage,
  { origin }: Stage,
  { project, dialect }: OpenWorkspace,
): DeclaredImport | undefined {
  if (origin?.kind !== 'repository' || origin.rev === undefined || declared.origin === origin)
    return undefined;
  return dialect.imports.follow(project, declared, origin.rev);
}

function updatedText({ stage, what, entry }: Updated): string {
  const path = `'${spelledOut(outOf(stage).at)}'`;
  const from = spelledOut(shownOrigin(stage.origin!));
  // It may have been edited by hand since.
  if (what === 'unchanged') return `${path}: ${from} has nothing new.`;
  const [out] = entry?.outs ?? [];
  if (!out) return `Recorded what ${from} has now for ${path}; \`pipe pull\` brings it.`;
  return `Updated ${path} (${bytesText(out.content.size)}) from ${from}.`;
}

const notSendable = (stage: Stage): Problem => ({
  code: 'import-refused',
  title: `'${stage.address}' was imported from a repository, which has its data itself`,
  hint: 'leave out --to-remote',
  place: stage.place,
});

const notImported = (stage: Stage): Problem => ({
  code: 'not-an-import',
  title: `'${stage.address}' was not imported`,
  hint:
    stage.cmd === null
      ? `record its present content with \`pipe commit ${shellQuote(stage.address)}\``
      : `run it with \`pipe repro ${shellQuote(stage.address)}\``,
  place: stage.place,
});

const withoutRevision = (stage: Stage): Problem => ({
  code: 'import-refused',
  title: `'${stage.address}' was imported from a URL, which has no revisions`,
  hint: 'leave out --rev',
  place: stage.place,
});
