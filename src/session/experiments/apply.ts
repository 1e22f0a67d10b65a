// Makes the workspace an experiment: its parameters in the files, its outputs from the cache, its records in the lock file. What only
// the workspace has is saved first.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PipeError, type Problem } from '../../base/problem.ts';
import { runProgram } from '../../base/run-program.ts';
import { absolutePath, type WorkspacePath } from '../../base/workspace-path.ts';
import { saveAside } from '../../cache/saved.ts';
import { discardFolder } from '../../disk/discard.ts';
import { replaceFile } from '../../disk/replace-file.ts';
import { naming } from '../../disk/system-problem.ts';
import { temporaryName } from '../../disk/temporary-name.ts';
import { recordNamed } from '../../experiment/record-files.ts';
import { locksOf } from '../../experiment/record-locks.ts';
import type { ExperimentRecord } from '../../experiment/record.ts';
import { wantedTexts } from '../../experiment/wanted-texts.ts';
import type { Content } from '../../hash/digest.ts';
import { lockedPath, type LockEntry } from '../../lock/lock-entry.ts';
import { noOverlay } from '../../pipeline/params/overlay.ts';
import { paramSources } from '../../pipeline/params/param-sources.ts';
import type { Out, Stage } from '../../pipeline/stage.ts';
import type { BesideRun } from '../../run/beside-run.ts';
import { restoreOut } from '../../run/publish.ts';
import { load, type Loaded } from '../load.ts';
import type { OpenWorkspace } from '../open-workspace.ts';
import { withWorkspace } from '../with-workspace.ts';
import { decode } from '../../yaml/read-text.ts';
import { gitState, type GitState } from './git-state.ts';
import { lockFileOf } from './lock-texts.ts';
import { loadWith } from './plan.ts';

export interface Applied {
  /** Parameter files that changed. */
  readonly files: readonly WorkspacePath[];
  /** Outputs that changed. */
  readonly outs: readonly WorkspacePath[];
  /** What was in their places, and how to get it back. */
  readonly saved: readonly { readonly at: string; readonly id: string }[];
  readonly warnings: readonly Problem[];
}

/** Called under the run lock. @throws PipeError before anything changes, where the experiment has no complete result. */
export async function applyExperiment(
  name: string,
  workspace: OpenWorkspace,
  beside: BesideRun | undefined,
): Promise<Applied> {
  const { project, folders } = workspace;
  const record = recordNamed(folders.experiments, name);
  const textOf = (file: WorkspacePath): string | undefined => textAt(absolutePath(project.root, file), file);
  const texts = wantedTexts(record, paramSources(project), textOf);
  const planned = await loadWith(texts, workspace);
  const entries = entriesOf(record, planned);
  await refuseIncomplete(record, entries, workspace);
  for (const stage of entries.keys()) beside?.refuseTracked(stage);
  await refuseDamaged(record, entries, workspace);
  const saved = [...texts.keys()].flatMap((file) => saveFile(file, name, workspace));
  for (const [file, text] of texts)
    naming(file, () => replaceFile(absolutePath(project.root, file), text, { durable: true }));
  const done = await withWorkspace(await load({}), {}, (now) => restore(entriesOf(record, now), now, beside));
  return {
    files: [...texts.keys()],
    outs: done.outs,
    saved: [...saved, ...done.saved],
    warnings: codeWarnings(record, gitState(project)),
  };
}

type Entries = ReadonlyMap<Stage, LockEntry>;

function entriesOf(record: ExperimentRecord, { project, dialect }: Loaded): Entries {
  const locks = locksOf(record, dialect.lockFile.format);
  return new Map(
    project.stages.flatMap((stage) => {
      const entry = locks.get(lockFileOf(stage, dialect))?.entries.get(stage.name);
      return entry && stage.cmd !== null ? [[stage, entry] as const] : [];
    }),
  );
}

async function refuseIncomplete(
  record: ExperimentRecord,
  entries: Entries,
  { store, contents, rules }: OpenWorkspace,
): Promise<void> {
  if (record.state !== 'done')
    throw new PipeError({
      code: 'exp-unfinished',
      title: `the experiment '${record.name}' has no complete result`,
      hint: `finish it first: \`pipe exp run ${record.name} --failed\``,
    });
  const lost: RecordedOut[] = [];
  for (const one of outsOf(entries)) {
    const { out, content } = one;
    if (store.has(content)) continue;
    // What a frozen stage made may be in the workspace alone.
    const isInPlace = !rules.needsObjects && (await contents.get(out.at, content))?.digest === content.digest;
    if (!isInPlace) lost.push(one);
  }
  refuseLost(record, lost);
}

/** Reads every object that is to be placed: what is damaged is found before anything changes. */
async function refuseDamaged(
  record: ExperimentRecord,
  entries: Entries,
  { store, contents, folders }: OpenWorkspace,
): Promise<void> {
  const lost: RecordedOut[] = [];
  for (const one of outsOf(entries)) {
    const { out, content } = one;
    if ((await contents.get(out.at, content))?.digest === content.digest) continue;
    const path = join(folders.placing, temporaryName());
    try {
      if ((await store.lend(content, path)) !== 'restored') lost.push(one);
    } finally {
      discardFolder(path);
    }
  }
  refuseLost(record, lost);
}

interface RecordedOut {
  readonly stage: Stage;
  readonly out: Out;
  readonly content: Content;
}

function outsOf(entries: Entries): readonly RecordedOut[] {
  return [...entries].flatMap(([stage, entry]) =>
    stage.outs.flatMap((out) => {
      const content = lockedPath(entry.outs, out.path)?.content;
      return content ? [{ stage, out, content }] : [];
    }),
  );
}

function refuseLost({ name }: ExperimentRecord, lost: readonly RecordedOut[]): void {
  if (lost.length === 0) return;
  throw new PipeError(
    lost.map(({ stage, out }) => ({
      code: 'exp-lost',
      title: `the cache does not have '${out.path}' of '${stage.address}' as the experiment '${name}' made it`,
      hint: out.push
        ? `fetch it (\`pipe exp pull ${name}\`), or run the experiment again`
        : 'it is on no remote (`push: false`): run the experiment again',
      place: stage.place,
    })),
  );
}

/** Changes that git does not have. */
function saveFile(file: WorkspacePath, name: string, { project, folders }: OpenWorkspace): Applied['saved'] {
  const end = runProgram('git', ['diff', '--quiet', 'HEAD', '--', `./${file}`], { cwd: project.root });
  const listed = runProgram('git', ['ls-files', '--error-unmatch', '--', `./${file}`], { cwd: project.root });
  const isCommitted = [end, listed].every((program) => program.kind === 'exited' && program.code === 0);
  if (isCommitted) return [];
  const path = absolutePath(project.root, file);
  const { id } = saveAside(path, { at: file, stage: `pipe exp apply ${name}` }, folders.saved, true);
  return [{ at: file, id }];
}

async function restore(
  entries: Entries,
  workspace: OpenWorkspace,
  beside: BesideRun | undefined,
): Promise<Pick<Applied, 'outs' | 'saved'>> {
  const outs: WorkspacePath[] = [];
  const saved: { readonly at: string; readonly id: string }[] = [];
  for (const [stage, entry] of entries) {
    beside?.refuseTracked(stage);
    const contentOf = new Map(entry.outs.map(({ path, content }) => [path, content]));
    for (const out of stage.outs) {
      const content = contentOf.get(out.path);
      if (!content) continue;
      const before = await workspace.contents.get(out.at, content);
      const restored = await restoreOut(stage, out, content, workspace, (replaced) =>
        saved.push({ at: replaced.at, id: replaced.saved.id }),
      );
      if (!restored) throw lostProblem(stage, out.path);
      if (before?.digest !== content.digest) outs.push(out.at);
    }
    workspace.locks.record(stage, entry);
    beside?.ignore(stage);
  }
  workspace.locks.fold(noOverlay, false);
  beside?.addToGit();
  return { outs, saved };
}

const lostProblem = (stage: Stage, path: string): PipeError =>
  new PipeError({
    code: 'cache-lost',
    title: `the cache no longer has '${path}' of '${stage.address}' intact`,
    hint: 'run `pipe repro`: the parameters are in place',
  });

function codeWarnings({ name, revision, dirty }: ExperimentRecord, now: GitState): readonly Problem[] {
  if (revision === undefined || (now.revision === revision && !dirty && !now.dirty)) return [];
  const made = `'${name}' was made at ${revision.slice(0, 7)}${dirty ? ' with changes that were not committed' : ''}`;
  return [
    {
      code: 'exp-other-code',
      title: `${made}: stages whose files differ from then run again`,
      ...(now.revision !== revision && {
        hint: `\`git switch --detach ${revision.slice(0, 7)}\` brings the files of that commit`,
      }),
    },
  ];
}

function textAt(path: string, file: string): string | undefined {
  return existsSync(path) ? decode(readFileSync(path), file, 'params-unreadable') : undefined;
}
