// The resources of this machine that stages share: CPUs, memory, GPUs.
import { availableParallelism, totalmem } from 'node:os';
import { runProgram } from '../../base/run-program.ts';
import type { ExecutorKind, Stage } from '../../pipeline/stage.ts';
import type { ProjectConfig } from '../../pipeline/config/project-config.ts';
import type { Problem } from '../../base/problem.ts';
import type { Capacity } from '../schedule/slots.ts';

/**
 * What the stages of a project share, and a problem for each request that can never be met. Jobs of batch systems share nothing of
 * this machine.
 */
export function capacityFor(
  stages: readonly Stage[],
  jobs: number | undefined,
  config: Pick<ProjectConfig, 'pools' | 'executor' | 'maxJobs'>,
): { readonly capacity: Capacity; readonly impossible: readonly Problem[] } {
  const kindOf = (stage: Stage): ExecutorKind => stage.executor ?? config.executor;
  const batch = stages.filter((stage) => kindOf(stage) !== 'local');
  const local = batch.length === 0 ? stages : stages.filter((stage) => kindOf(stage) === 'local');
  const machine = detectCapacity(local, jobs, config.pools);
  // Where a project uses two batch systems, the smaller limit is that of both.
  const limits = batch.map(kindOf).flatMap((kind) => (kind === 'local' ? [] : [config.maxJobs[kind]]));
  const capacity = batch.length === 0 ? machine : { ...machine, batchJobs: jobs ?? smallest(limits) };
  const onlyPools = batch.map((stage) => ({ ...stage, resources: { pools: stage.resources.pools } }));
  return { capacity, impossible: impossibleRequests([...local, ...onlyPools], capacity) };
}

const smallest = (numbers: readonly number[]): number => numbers.reduce((a, b) => Math.min(a, b));

/**
 * @param jobs how many stages may run at a time; default: the number of CPUs.
 * @param pools sizes by name. GPUs are only looked for where a stage asks for one.
 */
export function detectCapacity(
  stages: readonly Stage[],
  jobs: number | undefined,
  pools: Capacity['pools'],
): Capacity {
  // Both calls respect CPU affinity and cgroup limits.
  const cpus = availableParallelism();
  const limit = process.constrainedMemory();
  const memory = limit > 0 && limit < totalmem() ? limit : totalmem();
  const gpus = stages.some((stage) => stage.resources.gpus) ? findGpus() : [];
  return { jobs: jobs ?? cpus, cpus, memory, gpus, pools };
}

/** The devices that CUDA_VISIBLE_DEVICES allows, else all that the driver lists. */
function findGpus(): readonly string[] {
  const visible = process.env['CUDA_VISIBLE_DEVICES'];
  if (visible !== undefined)
    return visible
      .split(',')
      .map((id) => id.trim())
      .filter((id) => id !== '' && id !== '-1');
  const end = runProgram('nvidia-smi', ['--query-gpu=index', '--format=csv,noheader']);
  // Without a driver there is no GPU that a stage could use.
  if (end.kind !== 'exited' || end.code !== 0) return [];
  return end.stdout
    .split('\n')
    .map((id) => id.trim())
    .filter(Boolean);
}

/** A problem for each request that can never be met here. */
export function impossibleRequests(stages: readonly Stage[], capacity: Capacity): Problem[] {
  return stages.flatMap((stage) => {
    const { cpus = 0, gpus = 0, memory = 0, pools } = stage.resources;
    const asked: readonly (readonly [name: string, want: number, have: number])[] = [
      ['cpus', cpus, capacity.cpus],
      ['gpus', gpus, capacity.gpus.length],
      ['bytes of memory', memory, capacity.memory],
      ...Object.entries(pools).map(([pool, amount]) => [pool, amount, capacity.pools[pool] ?? 0] as const),
    ];
    return asked
      .filter(([, want, have]) => want > have)
      .map(([name, want, have]) => ({
        code: 'resources-impossible' as const,
        title: `the stage '${stage.address}' asks for ${want} ${name}, and there ${have === 1 ? 'is' : 'are'} ${have}`,
        hint:
          name === 'gpus'
            ? 'ask for less; counted are those that nvidia-smi lists, or where it is set those of CUDA_VISIBLE_DEVICES'
            : 'ask for less, or declare the pool under `config: pools:`',
        place: stage.place,
      }));
  });
}
