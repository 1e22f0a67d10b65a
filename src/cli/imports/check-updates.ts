// Whether the sources of imports have changed since they were imported. What cannot be found out within seconds is said, and ends
// nothing.
import { isDeepStrictEqual } from 'node:util';
import { shellQuote } from '../../base/shell-quote.ts';
import { PipeError } from '../../base/problem.ts';
import { inParallel } from '../../base/in-parallel.ts';
import type { Stage } from '../../pipeline/stage.ts';
import type { OpenWorkspace } from '../../session/open-workspace.ts';
import { spelledOut } from '../../show/text/spell-out.ts';
import { findingOf } from './finding.ts';
import { shownOrigin } from './shown-origin.ts';

export interface ImportUpdate {
  readonly stage: Stage;
  /** `gone`: nothing is there any more. */
  readonly what: 'changed' | 'gone' | 'unknown';
  /** Why it is not known. */
  readonly reason?: string;
}

const AT_ONCE = 8;

/** @returns those whose source is not as it was, in the order of the stages. */
export async function checkUpdates(
  stages: readonly Stage[],
  workspace: OpenWorkspace,
): Promise<readonly ImportUpdate[]> {
  const found = new Map<Stage, ImportUpdate>();
  // A declared import that was never made has nothing to compare.
  const imports = stages.filter((stage) => stage.origin && workspace.locks.entry(stage)?.origin);
  await inParallel(imports, AT_ONCE, async (stage) => {
    const update = await checkOne(stage, workspace);
    if (update) found.set(stage, update);
  });
  return imports.flatMap((stage) => found.get(stage) ?? []);
}

async function checkOne(stage: Stage, workspace: OpenWorkspace): Promise<ImportUpdate | undefined> {
  try {
    const now = await findingOf(stage.origin!, stage).look(workspace, true);
    const same = isDeepStrictEqual(now, workspace.locks.entry(stage)!.origin);
    return same ? undefined : { stage, what: 'changed' };
  } catch (error) {
    if (!(error instanceof PipeError)) throw error;
    const isGone = error.problems.every(({ code }) => code === 'source-missing');
    return isGone ? { stage, what: 'gone' } : { stage, what: 'unknown', reason: reasonOf(error) };
  }
}

function reasonOf({ problems, message }: PipeError): string {
  const reason = problems[0]?.facts?.find(([label]) => label === 'reason')?.[1];
  return reason === undefined ? message : `${problems[0]!.title} (${reason})`;
}

export function updateLine({ stage, what, reason }: ImportUpdate): string {
  const from = spelledOut(shownOrigin(stage.origin!));
  const name = spelledOut(stage.address);
  switch (what) {
    case 'changed':
      return `${name}: its source has changed: ${from} (\`pipe update ${shellQuote(name)}\` brings it)`;
    case 'gone':
      return `${name}: its source is gone: ${from}`;
    case 'unknown':
      return `${name}: its source could not be checked: ${spelledOut(reason ?? '')}`;
  }
}

export const updateJson = ({ stage, what, reason }: ImportUpdate): object => ({
  name: stage.address,
  from: shownOrigin(stage.origin!),
  what,
  ...(reason !== undefined && { reason }),
});
