// `pipe locate`: where the bytes of a file are: in the workspace, in the cache, or in git. Reads no large file.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PipeError } from '../../base/problem.ts';
import { absolutePath, folderHere, workspacePath, type WorkspacePath } from '../../base/workspace-path.ts';
import type { Content } from '../../hash/digest.ts';
import { withNamedRevisions } from '../../revision/named-revision.ts';
import type { Revision } from '../../revision/project-at.ts';
import { contentWithin, type ContentsStore } from '../../revision/read-contents.ts';
import { load, type Loaded } from '../../session/load.ts';
import { withWorkspace } from '../../session/with-workspace.ts';
import { makePrinter, type OutputFlags } from '../printer.ts';

export interface LocateFlags extends OutputFlags {
  /** A git revision, or an experiment. */
  readonly rev?: string;
}

export type Located =
  | { readonly path: string; readonly source: 'workspace'; readonly file: string }
  | {
      readonly path: string;
      readonly source: 'cache';
      /** Absolute path of an object, which must not be changed. */
      readonly file: string;
      readonly algorithm: 'sha256' | 'md5' | 'md5-dos2unix';
      readonly digest: string;
    }
  | {
      readonly path: string;
      readonly source: 'git';
      /** Absolute root of the project; `path` is relative to it. */
      readonly root: string;
      readonly commit: string;
    };

/** @returns the exit code. */
export async function locateCommand(name: string, flags: LocateFlags): Promise<number> {
  const loaded = await load({});
  const located = await withWorkspace(loaded, {}, ({ store }) =>
    withNamedRevisions(loaded, async (find) => {
      const { revision } = await find(flags.rev ?? 'workspace');
      return locate(placeOf(name, revision), revision, loaded, store);
    }),
  );
  const print = makePrinter(flags);
  print.json(located);
  print.line(located.source === 'git' ? `${located.commit}:${located.path}` : located.file);
  return 0;
}

async function locate(
  path: WorkspacePath,
  revision: Revision,
  loaded: Loaded,
  store: ContentsStore,
): Promise<Located> {
  const { root } = revision.project;
  if (revision.commit === undefined && revision.kind(path) === 'file')
    return { path, source: 'workspace', file: absolutePath(root, path) };
  if (revision.commit && (await revision.bytes(path)))
    return { path, source: 'git', root, commit: revision.commit.id };
  const output = revision.output(path);
  const content = output && (await contentWithin(output, path, store));
  if (content === 'folder' || revision.kind(path) === 'directory')
    throw missing(path, 'is a folder', 'name one of its files');
  if (content === undefined || content === 'absent')
    throw missing(path, 'does not exist', 'correct the path');
  const file = content === 'not-in-cache' ? undefined : objectOf(content, loaded);
  if (content === 'not-in-cache' || !existsSync(file!))
    throw missing(path, 'is not in the cache', 'fetch it with `pipe pull`, or run its stage');
  const { digest, legacy } = content;
  const algorithm = legacy ? 'md5-dos2unix' : loaded.dialect.layout.content.algorithm;
  return { path, source: 'cache', file: file!, algorithm, digest };
}

/** DVC 2 has its objects in the cache folder itself. */
function objectOf({ digest, legacy }: Content, { dialect, folders }: Loaded): string {
  const folder = legacy ? folders.cache : join(folders.cache, dialect.layout.objects);
  return join(folder, digest.slice(0, 2), digest.slice(2));
}

/** A path; a stage with one output; or STAGE:PATH, the path as the stage declares it. */
function placeOf(name: string, { project }: Revision): WorkspacePath {
  const { root, stages } = project;
  const at = workspacePath(root, folderHere(root), name);
  const named = stages.find(({ address, cmd }) => address === name && cmd !== null);
  if (named && !stages.some(({ outs }) => outs.some((out) => out.at === at))) {
    const [only, ...others] = named.outs;
    if (only && others.length === 0) return only.at;
    const outs = named.outs.map(({ path }) => `${name}:${path}`);
    throw missing(name, `has ${named.outs.length} outputs`, `name one: ${outs.join(', ') || 'it has none'}`);
  }
  const colon = name.lastIndexOf(':');
  const owner = colon < 0 ? undefined : stages.find(({ address }) => address === name.slice(0, colon));
  return owner ? workspacePath(root, owner.wdir, name.slice(colon + 1)) : at;
}

function missing(path: string, what: string, hint: string): PipeError {
  return new PipeError({ code: 'result-missing', title: `${path} ${what}`, hint });
}
