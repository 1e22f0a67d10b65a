// Opens the source that a stage of a workspace reads or was imported from.
import type { Origin } from '../../pipeline/stage.ts';
import type { Workspace } from '../../plan/workspace.ts';
import type { DataSource } from '../../source/data-source.ts';
import { openSource } from '../../source/open-source.ts';
import { sourceForeign } from '../../source/source-problem.ts';

export type UrlOrigin = Extract<Origin, { readonly kind: 'url' }>;

/** @param quick see `SourceOptions`. @throws PipeError for a kind of source, or an option, that is not supported. */
export async function openWorkspaceSource(
  { at, url, foreign }: UrlOrigin,
  { project, layout, folders }: Pick<Workspace, 'project' | 'layout' | 'folders'>,
  quick = false,
): Promise<DataSource> {
  if (foreign) throw sourceForeign(url, foreign);
  return openSource(at, url, {
    root: project.root,
    rules: layout.content,
    state: folders.state,
    remotes: project.config.remotes,
    quick,
  });
}
