// How long a run still takes, from what its stages took before. Arithmetic only.
import type { StageView } from '../contract.ts';
import { tookSeconds } from './model.ts';
import type { RunState } from './run-state.ts';
import { timeWith, type Task } from './schedule.ts';

export interface Remaining {
  readonly seconds: number;
  /** Stages of which nothing is known: it takes longer. */
  readonly unknown: number;
}

/** Of a stage that ran before what it took; else the mean of its group. */
export function usualSeconds(stages: readonly StageView[]): (stage: StageView) => number | undefined {
  const groups = Map.groupBy(
    stages.filter((stage) => tookSeconds(stage) !== undefined),
    ({ group }) => group,
  );
  return (stage) => {
    const known = tookSeconds(stage);
    const members = stage.group === null ? undefined : groups.get(stage.group);
    if (known !== undefined || !members) return known;
    return members.reduce((sum, member) => sum + tookSeconds(member)!, 0) / members.length;
  };
}

/** Of one stage that runs: by its progress, else by what it usually takes. @param now milliseconds. */
export function stageRemaining(
  stage: StageView,
  run: RunState,
  usual: number | undefined,
  now: number,
): number | undefined {
  const bar = run.bars.get(stage.name);
  if (!bar || bar.end !== undefined) return undefined;
  const passed = Math.max(0, (now - bar.attemptStart) / 1000);
  const { done, total } = run.progress.get(stage.name) ?? {};
  if (done !== undefined && total !== undefined && done > 0 && total > 0)
    return (passed * Math.max(0, total - done)) / done;
  return usual === undefined ? undefined : Math.max(0, usual - passed);
}

/** @returns undefined where nothing is known of any stage that is still to run. */
export function runRemaining(
  stages: readonly StageView[],
  run: RunState,
  now: number,
): Remaining | undefined {
  const usual = usualSeconds(stages);
  const open = stages.filter((stage) => {
    const state = run.states.get(stage.name);
    return state === 'ready' || state === 'running' || (state === undefined && stage.state !== 'fresh');
  });
  let unknown = 0;
  const tasks = open.map((stage): Task => {
    const seconds = stageRemaining(stage, run, usual(stage), now) ?? usual(stage);
    if (seconds === undefined) unknown += 1;
    return { id: stage.name, seconds: seconds ?? 0, after: stage.reads.map((index) => stages[index]!.name) };
  });
  if (unknown === tasks.length) return undefined;
  // A run of chosen stages only: the record says how many it has, not which.
  const left = Math.max(0, run.total - run.done);
  const share = left < tasks.length ? left / tasks.length : 1;
  return { seconds: timeWith(tasks, Math.max(1, run.jobs)) * share, unknown };
}
