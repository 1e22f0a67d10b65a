// `pipe status`: which stages are stale, and why. Changes nothing.
import { activeGraph } from '../graph/active-graph.ts';
import type { Stage, StageAddress } from '../pipeline/stage.ts';
import { allowMissing } from '../plan/allow-missing.ts';
import { changedFolders } from '../plan/changed-folders.ts';
import type { Decision } from '../plan/decision.ts';
import type { Vanished } from '../plan/vanished.ts';
import type { Workspace } from '../plan/workspace.ts';
import { warningText } from '../show/text/problem-text.ts';
import { statusJson } from '../show/status/status-json.ts';
import { stateOf, type StatusReport } from '../show/status/status-report.ts';
import { statusText } from '../show/status/status-text.ts';
import { runningText } from '../show/status/running-now.ts';
import { wantsColour } from '../show/text/colour.ts';
import { decidedStages, load, type OverlayFlags } from '../session/load.ts';
import { assessStages } from '../session/assess-stages.ts';
import { readRunning } from '../session/running-stages.ts';
import { withWorkspace } from '../session/with-workspace.ts';
import { checkUpdates, updateJson, updateLine } from './imports/check-updates.ts';
import { makePrinter, type OutputFlags } from './printer.ts';
import { warnUnreachable } from './problems.ts';
import type { MeantFlags } from './remotes/meant-records.ts';

export interface StatusFlags extends OverlayFlags, OutputFlags, MeantFlags {
  readonly check?: true;
  /** `--no-updates`: the sources of imports are not asked. */
  readonly updates?: boolean;
  /** What is not in the workspace counts as recorded. */
  readonly allowMissing?: true;
  /** Compare the cache with a remote. */
  readonly cloud?: true;
  readonly remote?: string;
  readonly jobs?: number;
}

/** @returns the exit code. */
export async function statusCommand(targets: readonly string[], flags: StatusFlags): Promise<number> {
  const loaded = await load(flags);
  const stages = decidedStages({ ...loaded, graph: activeGraph(loaded.graph) }, targets, {
    ...(flags.recursive && { recursive: true }),
  });
  const report = await withWorkspace(loaded, { ...flags, quick: true }, async (opened) => {
    const workspace = flags.allowMissing ? allowMissing(opened, warnUnreachable) : opened;
    const { vanished, decisions } = await assessStages(stages, workspace);
    const folders = await changedFolders(decisions, workspace);
    const updates = flags.updates === false ? [] : await checkUpdates(stages, opened);
    return { ...reportOf(stages, decisions, vanished, workspace), folders, updates };
  });
  for (const problem of loaded.project.warnings)
    process.stderr.write(`${warningText(problem, wantsColour(process.stderr))}\n`);
  const print = makePrinter(flags);
  const running = readRunning(loaded.folders.state);
  if (flags.json)
    print.json({
      ...(statusJson(report) as object),
      updates: report.updates.map(updateJson),
      run: running ?? null,
    });
  else {
    const colour = wantsColour(process.stdout);
    print.text(statusText(report, { verbose: flags.verbose === true, colour }));
    for (const update of report.updates) print.line(updateLine(update));
    if (running) print.text(runningText(running, flags.verbose === true, colour));
  }
  const stale =
    report.vanished.length > 0 || report.stages.some(({ decision }) => stateOf(decision) !== 'fresh');
  return flags.check && stale ? 1 : 0;
}

export function reportOf(
  stages: readonly Stage[],
  decisions: ReadonlyMap<StageAddress, Decision>,
  vanished: Vanished,
  { locks, project }: Workspace,
): StatusReport {
  return {
    stages: stages.map((stage) => ({ stage, decision: decisions.get(stage.address)! })),
    vanished: vanished.stages.map(({ name, entry }) => ({ name, paths: entry.outs.map((out) => out.path) })),
    overlay: { last: locks.overlay(), now: project.overlay },
  };
}
