// The project that an experiment was run in: its commit with its parameters in the files, so that a matrix over parameters has the
// members that it had then.
import { absolutePath, type WorkspacePath } from '../base/workspace-path.ts';
import type { ExperimentRecord } from '../experiment/record.ts';
import { wantedTexts } from '../experiment/wanted-texts.ts';
import { findRoot } from '../pipeline/find-root.ts';
import { sourcesInText } from '../pipeline/params/param-sources.ts';
import { loadToShow, type Loaded } from '../session/load.ts';
import { decode } from '../yaml/read-text.ts';
import type { OtherTexts } from './load-revision.ts';
import { workspaceRevision, type Revisions } from './open-revisions.ts';
import type { Revision } from './project-at.ts';

/** @param loaded the workspace, which is used where the commit is gone. @throws PipeError where the project does not load. */
export async function baseOf(
  record: ExperimentRecord,
  revisions: Revisions | undefined,
  loaded: () => Promise<Loaded>,
): Promise<Revision> {
  const commit = record.revision === undefined ? undefined : await revisions?.find(record.revision);
  if (commit) {
    const revision = await revisions!.open(commit);
    const texts = await textsOf(record, revision);
    return texts ? withTexts(await revisions!.open(commit, texts), texts) : revision;
  }
  const revision = workspaceRevision(await loaded());
  const texts = await textsOf(record, revision);
  if (!texts) return revision;
  const { root } = revision.project;
  return withTexts(workspaceRevision(await loadToShow(findRoot(root), texts.pipelines, texts.params)), texts);
}

/** Whose files have the texts, too. */
function withTexts(revision: Revision, { params }: OtherTexts): Revision {
  const { root } = revision.project;
  const bytes: Revision['bytes'] = async (at) => {
    const text = params.get(absolutePath(root, at));
    return text === undefined ? revision.bytes(at) : Buffer.from(text);
  };
  return {
    ...revision,
    bytes,
    get graph() {
      return revision.graph;
    },
  };
}

/** Of files that the revision has. @returns undefined where none differs. */
async function textsOf(
  { params, overlays }: ExperimentRecord,
  revision: Revision,
): Promise<OtherTexts | undefined> {
  const { root, files } = revision.project;
  const texts = new Map<WorkspacePath, string>();
  for (const file of params.keys()) {
    const bytes = await revision.bytes(file as WorkspacePath);
    if (bytes) texts.set(file as WorkspacePath, decode(bytes, file, 'params-unreadable'));
  }
  const sources = [...texts].flatMap(([file, text]) => sourcesInText(text, file, files));
  const known = new Map([...params].filter(([file]) => texts.has(file as WorkspacePath)));
  const wanted = wantedTexts({ params: known, overlays }, sources, (file) => texts.get(file));
  if (wanted.size === 0) return undefined;
  return {
    pipelines: new Map([...wanted].filter(([file]) => files.includes(file))),
    params: new Map([...wanted].map(([file, text]) => [absolutePath(root, file), text])),
  };
}
