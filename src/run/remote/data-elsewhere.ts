// Data of `.dvc` files, and outputs that DVC recorded, that is not here and that no remote has: versions in cloud storage,
// and imports that were never downloaded.
import { shellQuote } from '../../base/shell-quote.ts';
import type { CacheLayout } from '../../cache/cache-layout.ts';
import type { Problem } from '../../base/problem.ts';
import { shownUrl } from '../../pipeline/shown-url.ts';
import type { Out, Stage } from '../../pipeline/stage.ts';
import type { LockedPath } from '../../lock/lock-entry.ts';
import type { Workspace } from '../../plan/workspace.ts';
import { isObject } from './remote-outs.ts';

/** One for each output; none where the workspace has what is recorded, or the cache has it. */
export async function dataElsewhere(
  stages: readonly Stage[],
  workspace: Workspace,
): Promise<readonly Problem[]> {
  const { layout, locks, contents, store } = workspace;
  const problems: Problem[] = [];
  for (const stage of stages) {
    const recorded = new Map(locks.entry(stage)?.outs.map((out) => [out.path, out]));
    for (const out of stage.outs) {
      const locked = recorded.get(out.path);
      if (!isElsewhere(stage, locked, layout)) continue;
      const there = await contents.get(out.at, locked?.content);
      const comparable = locked !== undefined && isObject(locked.content, layout);
      const isHere = comparable ? there?.digest === locked.content.digest : there !== undefined;
      if (!isHere && !(comparable && store.has(locked.content)))
        problems.push(elsewhereProblem(stage, out, locked, there !== undefined));
    }
  }
  return problems;
}

/** A stage that never ran has no record, and misses nothing. */
function isElsewhere({ cmd }: Stage, locked: LockedPath | undefined, layout: CacheLayout): boolean {
  return locked ? locked.cloud === true || !isObject(locked.content, layout) : cmd === null;
}

function elsewhereProblem(stage: Stage, out: Out, locked: LockedPath | undefined, present: boolean): Problem {
  const deps = stage.cmd === null ? stage.deps.map(({ at }) => at).join(', ') : '';
  const source = deps || (stage.origin ? shownUrl(stage.origin) : '');
  return {
    code: 'data-elsewhere',
    title: `'${out.path}' of '${stage.address}' is ${present ? 'not as recorded' : 'missing'}, and cannot be fetched: ${
      locked?.cloud
        ? 'it is recorded as a version in cloud storage'
        : source === ''
          ? 'no digest of it is recorded'
          : 'it was imported without its data'
    }`,
    ...(source !== '' && { facts: [['source', source]] as const }),
    hint: locked?.cloud
      ? `fetch it with DVC (\`dvc pull ${stage.address}\`), or put the data there`
      : source === ''
        ? `put the data there, and record it (\`pipe commit ${shellQuote(stage.address)}\`)`
        : `bring it from its source (\`pipe update ${shellQuote(stage.address)}\`), or put the data there`,
    place: stage.place,
  };
}
