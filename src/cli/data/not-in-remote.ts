// `pipe status --data --not-in-remote`: which tracked files and folders their remotes do not have all of.
import { isDirectory } from '../../hash/digest.ts';
import { workspaceRecords } from '../../run/remote/remote-outs.ts';
import { compareRemotes } from '../../session/compare-remotes.ts';
import type { OpenWorkspace } from '../../session/open-workspace.ts';
import { printProblem } from '../problems.ts';

/**
 * @param remote in place of the default one; @param granular also the files in folders.
 * @returns paths from the root; of folders they end with `/`. @throws PipeError where a remote cannot be asked.
 */
export async function notInRemote(
  workspace: OpenWorkspace,
  remote: string | undefined,
  granular: boolean,
): Promise<readonly string[]> {
  const records = workspaceRecords(workspace.project.stages, workspace);
  const compared = await compareRemotes(records, workspace, { remote, warn: printProblem });
  return compared.flatMap(({ outs }) =>
    outs.flatMap(({ out: { out, content }, objects }) => {
      const lacking = objects.filter(({ state }) => state !== 'deleted');
      if (lacking.length === 0) return [];
      const files = lacking.flatMap(({ path }) => (path === undefined ? [] : [`${out.at}/${path}`]));
      return [isDirectory(content.digest) ? `${out.at}/` : out.at, ...(granular ? files : [])];
    }),
  );
}
