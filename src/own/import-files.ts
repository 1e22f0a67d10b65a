// Imports of a project of our own: entries under `data:` of a pipeline file, with the place that they come from.
import { isAbsolute, relative, resolve } from 'node:path';
import { PipeError } from '../base/problem.ts';
import { absolutePath, isUrl, parentFolder, type WorkspacePath } from '../base/workspace-path.ts';
import type { DeclaredImport, ImportFiles } from '../dialect.ts';
import { statSync } from '../disk/witnessed-fs.ts';
import type { FileEdits } from '../pipeline/data-declarations.ts';
import type { Origin, StageAddress } from '../pipeline/stage.ts';
import type { Plain } from '../yaml/write-entry.ts';
import { nearestFile, ownData } from './data-declarations.ts';

export const ownImports: ImportFiles = {
  declare(project, { origin, out, folder, existing, remote }) {
    if (existing && existing.cmd !== null)
      throw new PipeError({
        code: 'import-exists',
        title: `'${out}' is an output of the stage '${existing.address}'`,
        hint: 'choose another path',
        place: existing.place,
      });
    const file = existing ? (existing.place.file as WorkspacePath) : nearestFile(project, folder);
    const parent = absolutePath(project.root, parentFolder(file));
    const from = written(fromFile(origin, absolutePath(project.root, folder), parent), parent, project.root);
    return only(
      existing
        ? ownData.change(project, [existing], { from, ...(remote !== undefined && { remote }) })
        : ownData.declare(project, folder, [
            { at: out, file, from, ...(remote !== undefined && { remote }) },
          ]),
      out,
    );
  },
  follow(project, stage, rev) {
    const { origin, outs } = stage;
    if (origin?.kind !== 'repository') return undefined;
    const from = written({ ...origin, rev }, '', '');
    return only(ownData.change(project, [stage], { from }), outs[0]!.at);
  },
};

function only(edits: FileEdits, out: WorkspacePath): DeclaredImport {
  const [[file, text]] = [...edits] as [[WorkspacePath, string]];
  return { file, text, address: out as string as StageAddress };
}

/** The path of a repository that was given in another folder than that of the file. @param here absolute. @param folder of the file, absolute. */
function fromFile(origin: Origin, here: string, folder: string): Origin {
  if (origin.kind === 'url' || here === folder || isAbsolute(origin.url)) return origin;
  const there = resolve(here, origin.url);
  if (!statSync(there, { throwIfNoEntry: false })?.isDirectory()) return origin;
  return { ...origin, url: relative(folder, there) || '.' };
}

/**
 * A path that was given relative is written relative to the file; one of a repository stays as it was given.
 * @param folder of the file, absolute.
 */
function written(origin: Origin, folder: string, root: string): Plain {
  if (origin.kind === 'url') {
    const { at, url } = origin;
    return isUrl(at) || url.startsWith('/') ? url : relative(folder, absolutePath(root, at)) || '.';
  }
  const { url, path, rev, remote } = origin;
  return { repo: url, path, ...(rev !== undefined && { rev }), ...(remote !== undefined && { remote }) };
}
