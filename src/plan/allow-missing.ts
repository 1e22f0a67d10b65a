// The workspace as if what is not there were as recorded, to decide without data, as in CI. Nothing may be run or recorded with it.
import type { Content } from '../hash/digest.ts';
import { PipeError } from '../base/problem.ts';
import { isUrl, type WorkspacePath } from '../base/workspace-path.ts';
import type { Out } from '../pipeline/stage.ts';
import type { Workspace } from './workspace.ts';

interface RecordedOut {
  readonly out: Out;
  readonly content: Content;
}

/**
 * A missing output counts as its stage recorded it, and a missing dependency as the stage that writes it recorded it: a stage whose
 * record has another content of it is stale. What exists counts as it is; but by DVC's rule an output whose objects the cache should
 * have and lacks is missing, whatever is in its place. A URL that cannot be reached counts as recorded, too.
 * @param onUnreachable called for each such URL.
 */
export function allowMissing<T extends Workspace>(
  workspace: T,
  onUnreachable: (error: PipeError) => void = () => undefined,
): T {
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
      async input(at, recorded) {
        const found = await contents.input(at, recorded).catch((error: unknown) => {
          if (!isUrl(at) || !isUnreachable(error)) throw error;
          onUnreachable(error);
          return undefined;
        });
        return found ?? recordedAt(at)?.content ?? recorded;
      },
    },
  };
}

/** Nothing is known about what is there. */
const isUnreachable = (error: unknown): error is PipeError =>
  error instanceof PipeError && error.problems.every(({ code }) => UNREACHABLE.has(code));

const UNREACHABLE: ReadonlySet<string> = new Set([
  'source-unreachable',
  'source-refused',
  'remote-unreachable',
  'remote-refused',
  'remote-failed',
]);

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
