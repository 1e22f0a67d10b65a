// Keys of stages that other tools have, or that DVC's command line suggests, and what to write in their place.
import type { ValuePath } from '../../base/value.ts';

const NO_CACHE = (key: string): string =>
  `write \`${key}: [{PATH: {cache: false}}]\`: options of an output are below its path`;

const HINTS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    outs_no_cache: NO_CACHE('outs'),
    metrics_no_cache: NO_CACHE('metrics'),
    plots_no_cache: NO_CACHE('plots'),
    outs_persist: 'write `outs: [{PATH: {persist: true}}]`: options of an output are below its path',
    outs_persist_no_cache: 'write `outs: [{PATH: {persist: true, cache: false}}]`',
    cache: 'options of an output are below its path: `outs: [{PATH: {cache: false}}]`',
    persist: 'options of an output are below its path: `outs: [{PATH: {persist: true}}]`',
    checkpoints: 'DVC has no checkpoints any more: write the last state of the training as an output',
    live: 'DVC has no `live:` any more: declare the files that it wrote under `metrics:` and `plots:`',
    md5: 'digests belong in the lock file, which `pipe repro` writes: remove the key',
    hash: 'digests belong in the lock file, which `pipe repro` writes: remove the key',
    always_change: 'write `always_changed: true`',
    command: 'write `cmd:`',
    run: 'write `cmd:`',
    script: 'write `cmd:`',
    shell: 'write `cmd:`',
    input: 'write `deps:`',
    inputs: 'write `deps:`',
    depends_on: 'write `deps:` with the files that the other stage writes: pipe finds the order by itself',
    needs: 'write `deps:` with the files that the other stage writes: pipe finds the order by itself',
    output: 'write `outs:`',
    outputs: 'write `outs:`',
    name: 'the name of a stage is its key: `stages: {NAME: {cmd: …}}`',
    threads: 'write `resources: {cpus: N}`',
    workdir: 'write `wdir:`',
    working_dir: 'write `wdir:`',
    working_directory: 'write `wdir:`',
  }),
);

/** @param path of the mapping that has the key. */
export function foreignKeyHint(key: string, path: ValuePath): string | undefined {
  const isStage = path[0] === 'stages' && (path.length === 2 || (path.length === 3 && path[2] === 'do'));
  return isStage ? HINTS.get(key.replaceAll('-', '_')) : undefined;
}
