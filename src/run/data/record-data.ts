// Stores and records what is at the path of data that no stage makes.
import type { Problem } from '../../base/problem.ts';
import type { Content } from '../../hash/digest.ts';
import { lockedPath } from '../../lock/lock-entry.ts';
import type { Stage } from '../../pipeline/stage.ts';
import type { WorkspacePath } from '../../base/workspace-path.ts';
import { gatherInputs } from '../../plan/inputs.ts';
import type { Workspace } from '../../plan/workspace.ts';
import { lookAtOuts, publish, record } from '../publish.ts';

export interface RecordedData {
  readonly stage: Stage;
  readonly at: WorkspacePath;
  /** Only this part of the folder was taken over. */
  readonly part?: WorkspacePath;
  readonly content: Content;
  /** See `LockedPath`. */
  readonly unsized?: true;
  /** As recorded before; undefined for new data. */
  readonly before: Content | undefined;
}

export interface RecordOptions {
  /** Keep the bytes; otherwise only the digests are recorded. */
  readonly keep: boolean;
  readonly warn: (problem: Problem) => void;
}

/** Records data that a remote has, and that is not here. */
export async function recordSent(
  stage: Stage,
  content: Content,
  workspace: Workspace,
  warn: (problem: Problem) => void,
): Promise<RecordedData> {
  const out = stage.outs[0]!;
  const before = lockedPath(workspace.locks.entry(stage)?.outs, out.path)?.content;
  record(stage, await gatherInputs(stage, workspace), [{ path: out.path, content }], false, workspace, warn);
  return { stage, at: out.at, content, before };
}

/** @returns one for each of its paths. @throws PipeError for data that does not exist or cannot be stored. */
export async function recordData(
  stage: Stage,
  workspace: Workspace,
  { keep, warn }: RecordOptions,
): Promise<readonly RecordedData[]> {
  const recorded = new Map(workspace.locks.entry(stage)?.outs.map((out) => [out.path, out.content]));
  const inputs = await gatherInputs(stage, workspace);
  const outs = await lookAtOuts(stage, workspace);
  if (keep) await publish(stage, inputs, outs, false, workspace, warn);
  else {
    const digests = outs.map(({ out, content }) => ({ path: out.path, content }));
    record(stage, inputs, digests, false, workspace, warn);
  }
  return outs.map(({ out, content }) => ({ stage, at: out.at, content, before: recorded.get(out.path) }));
}
