// Makes the view of a project that all pages start with.
import { largest, smallest } from '../base/extremes.ts';
import { basename } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import { toJson, type Json } from '../base/spelling.ts';
import { axesOf } from '../compare/group-table.ts';
import type { Stage } from '../pipeline/stage.ts';
import type { HistoryEntry } from '../run/history.ts';
import { groupAddress } from '../show/dag/groups.ts';
import type { RecordedEvent } from '../show/live/recorded-event.ts';
import { missingOverlay, nearestCauses, stateOf } from '../show/status/status-report.ts';
import { statusJson } from '../show/status/status-json.ts';
import type { AssessedProject } from './assess-project.ts';
import type { PastRun, ProjectView, ReasonView, StageView } from './contract.ts';
import { maskedReason, type Mask } from './mask.ts';
import { stageMetrics } from './stage-metrics.ts';

/** Earlier runs that are listed. */
const RUNS = 50;

/** What the files of our state say about runs. */
export interface RunsSoFar {
  readonly history: readonly HistoryEntry[];
  /** The record of the latest run. */
  readonly run: readonly RecordedEvent[];
  readonly running: boolean;
}

export function projectView(project: AssessedProject, { history, run, running }: RunsSoFar): ProjectView {
  const { report, loaded } = project;
  const reasons = reasonsByStage(project);
  const causes = nearestCauses(report);
  const places = new Map(project.stages.map(({ address }, index) => [address, index]));
  const last = new Map(history.map((entry) => [entry.stage, entry]));
  const reads = (stage: Stage): number[] =>
    loaded.graph.dependencies(stage).flatMap(({ address }) => places.get(address) ?? []);
  return {
    format: 1,
    pipe: manifest.version,
    project: basename(loaded.project.root),
    time: Date.now(),
    stages: report.stages.map(({ stage, decision }): StageView => {
      const { what, time, seconds } = last.get(stage.address) ?? {};
      return {
        name: stage.address,
        group: stage.group === null ? null : groupAddress(stage),
        axes: axesJson(stage),
        kind: stage.cmd === null ? 'data' : 'stage',
        desc: stage.desc,
        state: stateOf(decision),
        decision: decision.kind,
        reasons: reasons.get(stage.address) ?? [],
        waits_for: causes.get(stage.address) ?? [],
        reads: reads(stage),
        metrics: stageMetrics(stage, loaded.project.root, project.mask),
        last: what ? { what, time: Date.parse(time!), seconds: seconds! } : null,
      };
    }),
    vanished: report.vanished,
    missing_flags: missingOverlay(report.overlay),
    run: maskedRun(run, project.mask),
    running,
    runs: pastRuns(history),
  };
}

function reasonsByStage({ report, mask }: AssessedProject): ReadonlyMap<string, readonly ReasonView[]> {
  const { stages } = statusJson(report) as unknown as {
    readonly stages: readonly { readonly name: string; readonly reasons: readonly ReasonView[] }[];
  };
  return new Map(
    stages.map(({ name, reasons }) => [name, reasons.map((reason) => maskedReason(reason, mask))]),
  );
}

export function axesJson({ item }: Stage): { readonly [name: string]: Json } {
  return Object.fromEntries(Array.from(axesOf(item), ([name, value]) => [name, toJson(value)]));
}

/** What stages report of themselves, and how they failed, may repeat values. */
function maskedRun(run: readonly RecordedEvent[], mask: Mask): readonly RecordedEvent[] {
  return run.map((event) => maskedEvent(event, mask));
}

export function maskedEvent(event: RecordedEvent, mask: Mask): RecordedEvent {
  if (event.type === 'failed') return { ...event, problem: mask.text(event.problem) };
  if (event.type !== 'progress') return event;
  const { note, unit } = event.progress;
  return {
    ...event,
    progress: {
      ...event.progress,
      ...(note !== undefined && { note: mask.text(note) }),
      ...(unit !== undefined && { unit: mask.text(unit) }),
    },
  };
}

function pastRuns(history: readonly HistoryEntry[]): PastRun[] {
  const runs = [...Map.groupBy(history, ({ run }) => run)].slice(-RUNS).reverse();
  return runs.map(([run, entries]) => {
    const count = (what: HistoryEntry['what']): number =>
      entries.filter((entry) => entry.what === what).length;
    return {
      run,
      start: smallest(entries.map(({ time, seconds }) => Date.parse(time) - seconds * 1000)),
      end: largest(entries.map(({ time }) => Date.parse(time))),
      ran: count('ran'),
      restored: count('restored'),
      failed: count('failed'),
    };
  });
}
