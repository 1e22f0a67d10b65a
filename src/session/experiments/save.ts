// The workspace as an experiment: what its lock files record, as far as the workspace is as recorded.
import { PipeError, type Problem } from '../../base/problem.ts';
import { absolutePath } from '../../base/workspace-path.ts';
import { findRecord, writeRecord } from '../../experiment/record-files.ts';
import { refuseName } from '../../experiment/name.ts';
import type { ExperimentRecord } from '../../experiment/record.ts';
import { activeGraph } from '../../graph/active-graph.ts';
import { isFresh } from '../../plan/decision.ts';
import { Results, resultsAt } from '../../run/experiment/results.ts';
import { assessStages } from '../assess-stages.ts';
import { decidedStages } from '../load.ts';
import type { OpenWorkspace } from '../open-workspace.ts';
import { copyingStore } from './copying-store.ts';
import { gitState } from './git-state.ts';
import { lockTexts } from './lock-texts.ts';
import { recordedMetrics, recordedParams } from './recorded-values.ts';

export interface WorkspaceRecord {
  readonly record: ExperimentRecord;
  /** One for each stage that is not as recorded. */
  readonly stale: readonly Problem[];
}

/** Called under the run lock: keeps the outputs in the cache. @throws PipeError where the workspace is not as recorded. */
export async function saveExperiment(
  name: string,
  force: boolean,
  workspace: OpenWorkspace,
): Promise<ExperimentRecord> {
  const folder = workspace.folders.experiments;
  refuseName(name);
  if (findRecord(folder, name) && !force)
    throw new PipeError({
      code: 'exp-exists',
      title: `there is an experiment '${name}' already`,
      hint: 'choose another name, or give --force to replace it',
    });
  const { record, stale } = await workspaceRecord(name, workspace);
  if (stale.length > 0) throw new PipeError(stale);
  writeRecord(folder, record);
  return record;
}

/** Keeps in the cache what the record names. */
export async function workspaceRecord(name: string, workspace: OpenWorkspace): Promise<WorkspaceRecord> {
  const { project, graph, locks, dialect, hasher } = workspace;
  const stages = decidedStages({ project, graph: activeGraph(graph) }, []);
  const { decisions } = await assessStages(stages, workspace);
  const store = copyingStore(workspace, project.root, hasher);
  const results = new Results();
  const stale: Problem[] = [];
  for (const stage of stages) {
    const entry = locks.entry(stage);
    if (!entry || !isFresh(decisions.get(stage.address)!)) {
      stale.push({
        code: 'exp-stale',
        title: `'${stage.address}' is not as the lock file records it`,
        hint: 'run `pipe repro` first (`pipe status` says why)',
        place: stage.place,
      });
      continue;
    }
    const outs = resultsAt(stage, entry);
    for (const { at, content } of outs)
      if (!store.has(content)) await store.store(absolutePath(project.root, at), content);
    results.add(stage, stage.cmd === null ? undefined : entry, outs);
  }
  store.flush();
  const { revision, dirty, changes } = gitState(project);
  const now = new Date().toISOString();
  const record: ExperimentRecord = {
    name,
    state: 'done',
    overlays: [],
    targets: [],
    ...(revision !== undefined && { revision }),
    ...(dirty && { dirty }),
    ...(changes !== undefined && { changes }),
    started: now,
    ended: now,
    stages: new Map(stages.map(({ address }) => [address, { state: 'known' }])),
    params: recordedParams(project, new Map()),
    metrics: recordedMetrics(project, results, store),
    locks: lockTexts(stages, results.entries(), dialect),
  };
  return { record, stale };
}
