// How much longer a run will take, from what its stages took before. Pure arithmetic.
import type { StageAddress } from '../../pipeline/stage.ts';
import { groupPart } from '../text/group-part.ts';
import type { RunState } from './run-state.ts';

/**
 * Seconds; undefined while too little is known. What is left is taken to pack perfectly, but no run is shorter than its
 * longest stage. Stages of which nothing is known count as the mean of the others.
 */
export function remainingTime(
  state: RunState,
  stages: readonly StageAddress[],
  estimate: (stage: StageAddress) => number | undefined,
  now: number,
): number | undefined {
  const known = meanPerGroup(state);
  const left = stages.filter((stage) => !state.done.has(stage));
  const guesses = left.map((stage) => ({
    elapsed: now - (state.running.get(stage)?.since ?? now),
    share: shareDone(state, stage),
    seconds: estimate(stage) ?? known(stage),
  }));
  const guessed = guesses.filter(({ seconds, share }) => seconds !== undefined || share !== undefined);
  if (guessed.length === 0 || guessed.length * 2 < left.length) return undefined;
  const rests = guessed.map(({ elapsed, seconds, share }) => {
    const before = Math.max(0, (seconds ?? elapsed) - elapsed);
    if (share === undefined || share <= 0) return before;
    // The further a stage is, the more its own progress counts against its earlier duration.
    const said = (elapsed * (1 - share)) / share;
    return seconds === undefined ? said : share * said + (1 - share) * before;
  });
  const sum = rests.reduce((total, rest) => total + rest, 0) * (left.length / guessed.length);
  return Math.max(sum / Math.max(1, Math.min(state.jobs, left.length)), ...rests);
}

function shareDone(state: RunState, stage: StageAddress): number | undefined {
  const progress = state.running.get(stage)?.progress;
  return progress?.total === undefined || progress.total <= 0 ? undefined : progress.done / progress.total;
}

/** The mean duration of the group's stages that finished in this run. */
function meanPerGroup({ took }: RunState): (stage: StageAddress) => number | undefined {
  const groups = Map.groupBy(took, ([stage]) => groupPart(stage));
  return (stage) => {
    const members = groups.get(groupPart(stage));
    return members && members.reduce((sum, [, seconds]) => sum + seconds, 0) / members.length;
  };
}
