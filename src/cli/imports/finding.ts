// How the data of an origin is found: what it has now, and how it is brought.
import { withoutSecrets } from '../../base/url-secrets.ts';
import { sourceMissing } from '../../source/source-problem.ts';
import type { LockedOrigin } from '../../lock/lock-entry.ts';
import type { Origin, Stage } from '../../pipeline/stage.ts';
import {
  basesOf,
  bringFromRepository,
  lookAtRepository,
  type RepositoryOrigin,
} from '../../repository/find-origin.ts';
import { reportWait } from './downloading.ts';
import { openWorkspaceSource, type UrlOrigin } from '../../run/import/workspace-source.ts';
import type { OpenWorkspace } from '../../session/open-workspace.ts';
import type { DownloadOptions } from '../../source/data-source.ts';

export interface Finding {
  /** `Downloading` */
  readonly doing: string;
  /** @param quick a server gets a few seconds. @throws PipeError where nothing is there, or it cannot be found out. */
  look(workspace: OpenWorkspace, quick?: boolean): Promise<LockedOrigin>;
  /** Brings it to a path at which nothing is. */
  bring(workspace: OpenWorkspace, path: string, options: DownloadOptions): Promise<LockedOrigin>;
}

/** @param stage that declares it; undefined for an import that is made here and now. */
export function findingOf(origin: Origin, stage: Stage | undefined): Finding {
  return origin.kind === 'url' ? findUrl(origin) : findInRepository(origin, stage);
}

const findInRepository = (origin: RepositoryOrigin, stage: Stage | undefined): Finding => ({
  doing: 'Importing',
  look: ({ project }, quick) =>
    lookAtRepository(origin, basesOf(project.root, stage), quick ? { quick } : { onWait: reportWait }),
  bring: (workspace, path, options) =>
    bringFromRepository(origin, basesOf(workspace.project.root, stage), undefined, path, workspace, options),
});

const findUrl = (origin: UrlOrigin): Finding => ({
  doing: 'Downloading',
  async look(workspace, quick) {
    const source = await openWorkspaceSource(origin, workspace, quick);
    const content = await source.look();
    if (!content) throw sourceMissing(withoutSecrets(origin.url));
    return { content };
  },
  async bring(workspace, path, options) {
    const source = await openWorkspaceSource(origin, workspace);
    return { content: await source.download(path, options) };
  },
});
