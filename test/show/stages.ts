// Makes stages and graphs for the tests of this folder, from no more than what a test is about.
import type { StageGraph } from '../../src/graph/graph.ts';
import type { Out, Stage, StageAddress, StageName } from '../../src/pipeline/pipeline.ts';
import type { WorkspacePath } from '../../src/base/base.ts';

export const at = (path: string): WorkspacePath => path as WorkspacePath;
export const address = (text: string): StageAddress => text as StageAddress;

export function makeOut(path: string, more: Partial<Out> = {}): Out {
  return {
    path,
    at: at(path),
    cache: true,
    persist: false,
    push: true,
    remote: null,
    metric: false,
    plot: false,
    ...more,
  };
}

/** `train@1` belongs to the group `train`. */
export function makeStage(
  name: string,
  {
    deps = [],
    outs = [],
    ...more
  }: { deps?: string[]; outs?: string[] } & Omit<Partial<Stage>, 'deps' | 'outs'> = {},
): Stage {
  return {
    name: name as StageName,
    address: name as StageAddress,
    group: name.includes('@') ? name.split('@')[0]! : null,
    item: undefined,
    file: at('pipeline.yaml'),
    place: { file: 'pipeline.yaml' },
    cmd: `make ${name}`,
    wdir: at('.'),
    deps: deps.map((path) => ({ path, at: at(path) })),
    params: [],
    outs: outs.map((path) => makeOut(path)),
    frozen: false,
    alwaysChanged: false,
    desc: null,
    meta: null,
    env: {},
    resources: { pools: {} },
    retry: null,
    executor: null,
    slurm: {},
    scratch: false,
    timeout: null,
    ...more,
  };
}

/** Edges where a dep or a parameter file is the very path of an out, or a folder around it. */
export function graphOf(stages: readonly Stage[]): StageGraph {
  const reads = (reader: Stage, maker: Stage): boolean =>
    [...reader.deps, ...reader.params].some(({ at: read }) =>
      maker.outs.some((out) => out.at === read || out.at.startsWith(`${read}/`)),
    );
  return {
    stages,
    dependencies: (stage) => stages.filter((other) => other !== stage && reads(stage, other)),
    dependents: (stage) => stages.filter((other) => other !== stage && reads(other, stage)),
    stage: (wanted) => stages.find((stage) => stage.address === wanted),
  };
}
