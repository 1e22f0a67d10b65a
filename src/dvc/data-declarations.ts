// Data of a DVC repository is declared in `.dvc` files, one for each file or folder.
import { existsSync } from 'node:fs';
import { basename, isAbsolute, join, posix, relative } from 'node:path';
import { PipeError, type Problem } from '../base/problem.ts';
import { absolutePath, isUrl, parentFolder, type WorkspacePath } from '../base/workspace-path.ts';
import type { DataDeclarations, NewData } from '../pipeline/data-declarations.ts';
import type { Out, Stage } from '../pipeline/stage.ts';
import { decode } from '../yaml/read-text.ts';
import { readFileSync } from '../disk/witnessed-fs.ts';
import { newDvcFile } from './new-dvc-file.ts';
import { besideItsData, changeDvcFile, frozenDvcFile } from './data-file-edits.ts';

export const dvcData: DataDeclarations = {
  declare({ root }, _folder, entries) {
    const texts = new Map<WorkspacePath, string>();
    const problems: Problem[] = [];
    for (const entry of entries) {
      const file = entry.file ?? (`${entry.at}.dvc` as WorkspacePath);
      if (texts.has(file) || existsSync(join(root, file))) problems.push(existsProblem(file, entry.at));
      else texts.set(file, newDvcFile([outOf(entry, file)]));
    }
    if (problems.length > 0) throw new PipeError(problems);
    return texts;
  },
  change: ({ root }, stages, options) =>
    new Map(stages.map((stage) => [stage.file, changeDvcFile(textOf(root, stage), stage.file, options)])),
  remove: (_project, stages) => new Map(stages.map(({ file }) => [file, undefined])),
  move({ root }, stage, to) {
    const text = textOf(root, stage);
    const isNamedAlike = basename(stage.file) === `${basename(stage.outs[0]!.at)}.dvc`;
    // DVC's rule: a file with the name of its data keeps it.
    if (!isNamedAlike)
      return new Map([
        [stage.file, changeDvcFile(text, stage.file, { path: posix.relative(stage.wdir, to) })],
      ]);
    const file = `${to}.dvc` as WorkspacePath;
    if (existsSync(join(root, file))) throw new PipeError(existsProblem(file, to));
    const moved = changeDvcFile(text, stage.file, { path: basename(to) });
    const source = sourceFrom(root, stage, parentFolder(file));
    const next = source === undefined ? moved : changeDvcFile(moved, stage.file, { path: source }, 'deps');
    return new Map([
      [file, besideItsData(next, stage.file)],
      [stage.file, undefined],
    ]);
  },
  setFrozen: frozenDvcFile,
};

function textOf(root: string, { file }: Stage): string {
  return decode(readFileSync(join(root, file)), file, 'bad-dvc-file');
}

/** The relative path that data was imported from, from another folder; undefined for any other source. */
function sourceFrom(root: string, { origin }: Stage, folder: WorkspacePath): string | undefined {
  if (origin?.kind !== 'url' || isUrl(origin.at) || isAbsolute(origin.url)) return undefined;
  return relative(absolutePath(root, folder), absolutePath(root, origin.at));
}

const outOf = ({ at, desc, remote, push }: NewData, file: WorkspacePath): Out => ({
  path: posix.relative(parentFolder(file), at),
  at,
  cache: true,
  persist: false,
  push: push !== false,
  remote: remote ?? null,
  metric: false,
  plot: false,
  ...(desc !== undefined && { desc }),
});

const existsProblem = (file: WorkspacePath, at: WorkspacePath): Problem => ({
  code: 'data-file-exists',
  title: `'${file}' exists, and does not declare '${at}'`,
  hint: 'move it away, or rename the data',
  place: { file },
});
