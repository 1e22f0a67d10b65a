// The revisions that plots are taken from: where each finds its files.
import { runProgram } from '../../base/run-program.ts';
import type { PlotRevision } from '../../plots/gather-plots.ts';
import { withNamedRevisions } from '../../revision/named-revision.ts';
import { plotFiles } from '../../revision/plot-files.ts';
import type { Reading } from '../../revision/read-values.ts';
import { WORKSPACE } from '../../revision/revision-at.ts';
import type { Loaded } from '../../session/load.ts';
import { withWorkspace } from '../../session/with-workspace.ts';
import { puller } from '../compare/puller.ts';

export type OpenedRevision = Omit<PlotRevision, 'groups'>;

export interface Asked {
  readonly revs: readonly string[];
  /** As `plots diff` has them: one is compared with the workspace; none means HEAD, if the workspace differs from it. */
  readonly compare?: true;
  /** Fetch what the cache lacks: from the default remote, or from this one. */
  readonly pull?: { readonly remote?: string };
}

/** @param use gets the revisions, the workspace first. @throws PipeError for a revision that does not exist. */
export function openedRevisions<T>(
  loaded: Loaded,
  asked: Asked,
  use: (revisions: readonly OpenedRevision[]) => Promise<T>,
): Promise<T> {
  return withWorkspace(loaded, {}, (workspace) => {
    const reading: Reading = {
      store: workspace.store,
      pull: asked.pull && puller(() => Promise.resolve(workspace), asked.pull.remote),
    };
    return withNamedRevisions(loaded, async (find) => {
      const opened: OpenedRevision[] = [];
      for (const name of namesOf(asked, loaded.project.root)) {
        const { revision } = await find(name);
        opened.push({ name, project: revision.project, files: plotFiles(revision, reading) });
      }
      return use(opened);
    });
  });
}

function namesOf({ revs, compare }: Asked, root: string): readonly string[] {
  const names = [...new Set(revs)];
  const others = names.filter((name) => name !== WORKSPACE);
  const withWorkspace = names.length > others.length || (compare === true && revs.length < 2);
  const head = compare === true && names.length === 0 && isDirty(root) ? ['HEAD'] : [];
  return [...(withWorkspace ? [WORKSPACE] : []), ...others, ...head];
}

/** Whether files that git tracks differ from the last commit. */
function isDirty(folder: string): boolean {
  const end = runProgram('git', ['status', '--porcelain', '--untracked-files=no'], { cwd: folder });
  return end.kind === 'exited' && end.code === 0 && end.stdout !== '';
}
