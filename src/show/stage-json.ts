// A stage as `pipe stage list --json` prints it: DVC's names for what DVC has, ours under keys of their own.
import { toJson, type Json } from '../base/spelling.ts';
import type { Out, Stage } from '../pipeline/stage.ts';
import type { Scalar, Value } from '../base/value.ts';

/** Data for `JSON.stringify`. */
export function stageJson(stage: Stage): { readonly [key: string]: Json } {
  const extensions: { [key: string]: Json } = {
    ...(stage.item !== undefined && { item: toJson(stage.item) }),
    ...(Object.keys(stage.env).length > 0 && { env: stage.env }),
    ...(hasResources(stage) && { resources: { ...stage.resources } }),
    ...(stage.retry && { retry: { ...stage.retry } }),
    ...(stage.timeout !== null && { timeout: stage.timeout }),
    ...(stage.executor && { executor: stage.executor }),
    ...(Object.keys(stage.slurm).length > 0 && {
      slurm: toJson(new Map<Scalar, Value>(Object.entries(stage.slurm))),
    }),
    ...(stage.scratch && { scratch: true }),
  };
  return {
    addressing: stage.address,
    name: stage.name,
    group: stage.group,
    file: stage.file,
    cmd: stage.cmd,
    wdir: stage.wdir,
    deps: stage.deps.map((dep) => (dep.imports ? { path: dep.path, imports: true } : { path: dep.path })),
    params: stage.params.map(({ file, keys }) => ({ file, keys })),
    outs: stage.outs.map(outJson),
    frozen: stage.frozen,
    always_changed: stage.alwaysChanged,
    desc: stage.desc,
    meta: toJson(stage.meta),
    ...extensions,
  };
}

function hasResources({ resources }: Stage): boolean {
  return (
    resources.cpus !== undefined ||
    resources.memory !== undefined ||
    resources.gpus !== undefined ||
    Object.keys(resources.pools).length > 0
  );
}

function outJson(out: Out): { readonly [key: string]: Json } {
  return {
    path: out.path,
    cache: out.cache,
    persist: out.persist,
    push: out.push,
    remote: out.remote,
    metric: out.metric,
    plot: typeof out.plot === 'boolean' ? out.plot : toJson(new Map<Scalar, Value>(Object.entries(out.plot))),
    ...(out.desc !== undefined && { desc: out.desc }),
    ...(out.type !== undefined && { type: out.type }),
    ...(out.labels && { labels: out.labels }),
    ...(out.meta !== undefined && { meta: toJson(out.meta) }),
    ...(out.hash !== undefined && { hash: out.hash }),
  };
}
