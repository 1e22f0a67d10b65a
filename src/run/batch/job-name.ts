// The name of a job: of its stage for people, and unique among all runs.
import type { StageAddress } from '../../pipeline/stage.ts';

/** Characters of the stage's name that a job has; batch systems cut longer ones off. */
const LONGEST = 60;
/** Of the id of the run. */
const RUN_LENGTH = 8;

/** @param count of the jobs of the run. */
export function jobName(stage: StageAddress, run: string, count: number): string {
  const plain = stage
    .replaceAll(/[^\w.@+=-]+/g, '_')
    .replace(/^[.-]+/, '_')
    .slice(0, LONGEST);
  return `${plain}.${run.slice(0, RUN_LENGTH)}-${count}`;
}
