// What takes room, what a remote lacks, what garbage collection would take: as `pipe du`, `status --cloud` and `gc --dry` say.
import { isAbsolute, relative } from 'node:path';
import type { WorkspacePath } from '../base/workspace-path.ts';
import { sizeOf } from '../cache/garbage-policy.ts';
import { workspaceRecords } from '../run/remote/remote-outs.ts';
import { collectCache, DEFAULT_POLICY } from '../session/collect-cache.ts';
import { compareRemotes, differing, worstOf } from '../session/compare-remotes.ts';
import { neededContents } from '../session/needed-contents.ts';
import type { OpenWorkspace } from '../session/open-workspace.ts';
import { runningNow } from '../session/run-lock.ts';
import { recordedSizes } from '../session/recorded-sizes.ts';
import { withoutSecrets } from '../base/url-secrets.ts';
import type { AssessedProject } from './assess-project.ts';
import type { DataSize, GarbageView, RemoteView } from './contract.ts';

/** Items that are listed. */
const LISTED = 1000;

/** The largest first. */
export function dataSizes(workspace: OpenWorkspace): readonly DataSize[] {
  const owners = new Map(
    workspace.project.stages.flatMap((stage) => stage.outs.map((out) => [out.at, { stage, out }] as const)),
  );
  const sizes = recordedSizes([], '.' as WorkspacePath, workspace).map(({ path, bytes, files }): DataSize => {
    const owner = owners.get(path as WorkspacePath);
    return {
      path,
      stage: owner?.stage.address ?? '',
      bytes: bytes ?? null,
      ...(files !== undefined && { files }),
      ...(owner?.out.cache === false && { uncached: true }),
    };
  });
  return sizes.sort((a, b) => (b.bytes ?? -1) - (a.bytes ?? -1));
}

/** @param onlyNeeded as `pipe gc --workspace`: everything that the workspace does not need. Removes nothing. */
export async function garbageView(workspace: OpenWorkspace, onlyNeeded: boolean): Promise<GarbageView> {
  const { folders } = workspace;
  const needed = neededContents(workspace).map(({ digest }) => digest);
  const { garbage, projects } = await collectCache(
    workspace,
    { needed, policy: onlyNeeded ? { onlyNeeded: true } : DEFAULT_POLICY },
    { dry: true, isAlone: runningNow(folders.state) === undefined },
  );
  const shown = (path: string): string => {
    const short = relative(workspace.project.root, path);
    return short.startsWith('..') || isAbsolute(short) ? path : short;
  };
  return {
    bytes: sizeOf(garbage.items),
    items: garbage.items
      .toSorted((a, b) => b.size - a.size)
      .slice(0, LISTED)
      .map(({ kind, path, size }) => ({ kind, path: shown(path), bytes: size })),
    count: garbage.items.length,
    kept: garbage.kept,
    projects: projects.map(({ root }) => root),
  };
}

/** @throws PipeError where there is no remote, and where one cannot be reached, refuses or fails. */
export async function remoteViews(
  { stages, mask }: AssessedProject,
  workspace: OpenWorkspace,
): Promise<readonly RemoteView[]> {
  const compared = await compareRemotes(workspaceRecords(stages, workspace), workspace, {
    warn: () => undefined,
  });
  return compared.map(({ remote, outs }) => ({
    remote: remote.name,
    url: mask.text(withoutSecrets(remote.url)),
    same: outs.length - differing(outs).length,
    outputs: differing(outs).map((one) => ({
      path: one.out.out.at,
      stage: one.out.stage.address,
      state: worstOf(one),
      objects: one.objects.length,
      bytes: one.objects.reduce((sum, { size }) => sum + (size ?? 0), 0),
    })),
  }));
}
