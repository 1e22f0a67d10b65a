// `pipe repro`: runs stale stages, or prints what it would do. session/run-once.ts takes the lock.
import { basename, resolve } from 'node:path';
import { PipeError, type Problem } from '../base/problem.ts';
import type { Stage } from '../pipeline/stage.ts';
import { allowMissing } from '../plan/allow-missing.ts';
import { startVerdict } from '../session/keep-verdict.ts';
import { openRenderer } from '../session/open-renderer.ts';
import { assessStages } from '../session/assess-stages.ts';
import { withWorkspace } from '../session/with-workspace.ts';
import type { Loaded } from '../session/load.ts';
import { runOnce, type Prepare, type RunFlags } from '../session/run-once.ts';
import { select } from '../session/select-stages.ts';
import { detachCommand, type DetachFlags } from './detach.ts';
import { warnUnreachable } from './problems.ts';

export interface ReproFlags extends RunFlags, Pick<DetachFlags, 'detach' | 'detachJob'> {
  readonly dry?: true;
  /** What is not in the workspace counts as recorded. */
  readonly allowMissing?: true;
  /** Where to write a page of the run. */
  readonly report?: string;
}

/** @returns the exit code. */
export async function reproCommand(targets: readonly string[], flags: ReproFlags): Promise<number> {
  if (flags.allowMissing && !flags.dry) throw needsDry();
  if (flags.detach || flags.detachJob) return detachCommand(targets, flags);
  if (flags.report !== undefined) return reported(flags.report, targets, flags);
  return flags.dry ? dryRun(targets, flags) : runOnce(targets, flags, startVerdict(flags), bringFollowed);
}

/** The page is written however the run ended, as long as the pipeline can be loaded. */
async function reported(report: string, targets: readonly string[], flags: ReproFlags): Promise<number> {
  const { refuseForeignPage, writePage } = await import('../ui/write-page.ts');
  const file = resolve(report);
  // Before the run: it can take long.
  refuseForeignPage(file);
  const code = await (flags.dry ? dryRun(targets, flags) : runOnce(targets, flags, undefined, bringFollowed));
  await writePage(file, flags, { logs: 'tail', plots: true });
  return code;
}

/** Imports that are not frozen follow their sources, as with DVC. */
async function bringFollowed(...[stages, workspace, beside]: Parameters<Prepare>): Promise<void> {
  const followed = stages.filter((stage) => follows(stage, workspace));
  if (followed.length === 0) return;
  const { bringUpdates } = await import('./imports/update.ts');
  await bringUpdates(followed, workspace, beside);
}

/** Those of `.dvc` files that say so: all others change only when they are updated. */
const follows = ({ origin, frozen, file }: Stage, { dialect }: Pick<Loaded, 'dialect'>): boolean =>
  origin !== undefined && !frozen && dialect.loading.isDataFile(basename(file));

async function dryRun(targets: readonly string[], flags: ReproFlags): Promise<number> {
  const { loaded, stages } = await select(targets, flags);
  const renderer = openRenderer(flags, loaded, stages);
  const time = Date.now();
  try {
    renderer.event({ type: 'run-start', time, stages: stages.length, jobs: 1, dry: true });
    for (const problem of loaded.project.warnings) renderer.event({ type: 'warning', problem });
    for (const problem of await changedSources(stages, loaded, flags))
      renderer.event({ type: 'warning', problem });
    const { vanished, decisions } = await withWorkspace(loaded, flags, (workspace) =>
      assessStages(
        stages,
        flags.allowMissing ? allowMissing(workspace, warnUnreachable) : workspace,
        flags.force === true,
      ),
    );
    if (vanished.problems.length > 0) throw new PipeError(vanished.problems);
    for (const { stage, at } of vanished.outs) renderer.event({ type: 'vanished', stage, path: at });
    for (const [stage, decision] of decisions) renderer.event({ type: 'decided', time, stage, decision });
    const counts = { fresh: 0, restored: 0, ran: 0, failed: 0, skipped: 0 };
    renderer.event({ type: 'run-end', time: Date.now(), seconds: (Date.now() - time) / 1000, counts });
    return 0;
  } finally {
    renderer.end();
  }
}

/** What a run would bring first; what depends on it is decided with what is there now. */
async function changedSources(
  stages: readonly Stage[],
  loaded: Loaded,
  flags: ReproFlags,
): Promise<readonly Problem[]> {
  const followed = stages.filter((stage) => follows(stage, loaded));
  if (followed.length === 0) return [];
  const { checkUpdates } = await import('./imports/check-updates.ts');
  const updates = await withWorkspace(loaded, flags, (workspace) => checkUpdates(followed, workspace));
  return updates.map(({ stage, what }) => ({
    code: 'source-changed',
    title: `the source of '${stage.address}' ${what === 'changed' ? 'has changed: a run brings it first' : 'cannot be read'}`,
    hint: 'what depends on it may run too',
    place: stage.place,
  }));
}

/** A stage that runs needs its inputs, and a record of what is not there would be a guess. */
const needsDry = (): PipeError =>
  new PipeError(
    {
      code: 'needs-dry',
      title: '--allow-missing decides without data, so it needs --dry',
      hint: '`pipe repro --dry --allow-missing` shows what would run; `pipe repro --pull` fetches what is needed, and runs it',
    },
    2,
  );
