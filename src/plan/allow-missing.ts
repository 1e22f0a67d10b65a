// The workspace as if what is not there were as recorded, to decide without data, as in CI. Nothing may be run or recorded with it.
import type { Content } from '../hash/digest.ts';
import type { WorkspacePath } from '../base/workspace-path.ts';
import type { Out } from '../pipeline/stage.ts';
import type { Workspace } from './workspace.ts';

interface RecordedOut {
  readonly out: Out;
  readonly content: Content;
}

/**
 * A missing output counts as its stage recorded it, and a missing dependency as the stage that writes it recorded it: a stage whose
 * record has another content of it is stale. What exists counts as it is; but by DVC's rule an output whose objects the cache should
 * have and lacks is missing, whatever is in its place.
 */
export function allowMissing<T extends Workspace>(workspace: T): T {
  const { contents, rules, store } = workspace;
  let known: ReadonlyMap<WorkspacePath, RecordedOut> | undefined;
  const recordedAt = (at: WorkspacePath): RecordedOut | undefined =>
    (known ??= recordedOuts(workspace)).get(at);
  const isLost = (at: WorkspacePath, recorded: Content): boolean =>
    rules.needsObjects && recordedAt(at)?.out.cache === true && !store.has(recorded);
  return {
    ...workspace,
    rules: { ...rules, needsObjects: false },
    contents: {
      ...contents,
      async get(at, recorded) {
        if (recorded && isLost(at, recorded)) return recorded;
        return (await contents.get(at, recorded)) ?? recorded;
      },
      input: async (at, recorded) =>
        (await contents.input(at, recorded)) ?? recordedAt(at)?.content ?? recorded,
    },
  };
}

function recordedOuts({ project, locks }: Workspace): ReadonlyMap<WorkspacePath, RecordedOut> {
  const found = new Map<WorkspacePath, RecordedOut>();
  for (const stage of project.stages) {
    const contentOf = new Map(locks.entry(stage)?.outs.map(({ path, content }) => [path, content]));
    for (const out of stage.outs) {
      const content = contentOf.get(out.path);
      if (content) found.set(out.at, { out, content });
    }
  }
  return found;
}
