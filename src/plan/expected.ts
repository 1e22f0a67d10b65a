// What a stage reads once outputs that a restore would bring are in the workspace.
import type { ObjectStore } from '../cache/object-store.ts';
import { isDirectory, type Content } from '../hash/digest.ts';
import type { WorkspacePath } from '../base/workspace-path.ts';
import type { Stage } from '../pipeline/stage.ts';
import type { Inputs } from './fingerprint.ts';

/**
 * Whether the content of an output determines that of a dependency on the same path: not where a dependency includes more
 * (what symlinks lead to) or less (without what belongs to git) than an output.
 */
export function determinesDeps(content: Content, store: Pick<ObjectStore, 'entries'>): boolean {
  if (!isDirectory(content.digest)) return true;
  const entries = store.entries(content);
  return (
    entries !== undefined &&
    entries.every(({ kind, path }) => kind !== 'symlink' && !path.split('/').includes('.git'))
  );
}

/** The inputs of a stage with the expected contents of its dependencies. */
export function withExpected(
  stage: Stage,
  inputs: Inputs,
  expected: ReadonlyMap<WorkspacePath, Content>,
): Inputs {
  if (expected.size === 0) return inputs;
  const deps = inputs.deps.map((dep, index) => ({
    ...dep,
    content: expected.get(stage.deps[index]!.at) ?? dep.content,
  }));
  return { ...inputs, deps };
}
