// `pipe status`: which stages are stale, and why. Changes nothing.
import { activeGraph } from '../graph/active-graph.ts';
import type { Stage, StageAddress } from '../pipeline/stage.ts';
import { assess } from '../plan/assess.ts';
import { changedFolders } from '../plan/changed-folders.ts';
import type { Decision } from '../plan/decision.ts';
import { findVanished, type Vanished } from '../plan/vanished.ts';
import type { Workspace } from '../plan/workspace.ts';
import { warningText } from '../show/text/problem-text.ts';
import { statusJson } from '../show/status/status-json.ts';
import { stateOf, type StatusReport } from '../show/status/status-report.ts';
import { statusText } from '../show/status/status-text.ts';
import { wantsColour } from './colour.ts';
import { decidedStages, load, type OverlayFlags } from '../session/load.ts';
import { openWorkspace } from '../session/open-workspace.ts';

export interface StatusFlags extends OverlayFlags {
  readonly json?: true;
  readonly check?: true;
  readonly verbose?: true;
}

/** @returns the exit code. */
export async function statusCommand(targets: readonly string[], flags: StatusFlags): Promise<number> {
  const loaded = load(flags);
  const stages = decidedStages({ ...loaded, graph: activeGraph(loaded.graph) }, targets);
  const workspace = openWorkspace(loaded, flags);
  const vanished = await findVanished(workspace);
  const decisions = await assess(stages, workspace, vanished, {
    force: false,
    asDvc: loaded.project.kind === 'dvc',
  });
  for (const problem of loaded.project.warnings)
    process.stderr.write(`${warningText(problem, wantsColour(process.stderr))}\n`);
  const folders = await changedFolders(decisions, workspace);
  workspace.close();
  const report = { ...reportOf(stages, decisions, vanished, workspace), folders };
  process.stdout.write(
    flags.json
      ? JSON.stringify(statusJson(report), null, 2) + '\n'
      : statusText(report, { verbose: flags.verbose === true, colour: wantsColour(process.stdout) }),
  );
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
