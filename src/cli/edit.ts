// Edits of declared stages in pipeline files; the commands `freeze` and `unfreeze`.
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { PipeError } from '../base/problem.ts';
import { setFrozen } from '../pipeline/edit/freeze-stages.ts';
import { locateStage } from '../pipeline/edit/locate-stage.ts';
import { findRoot } from '../pipeline/find-root.ts';
import { absolutePath, folderHere, workspacePath, type WorkspacePath } from '../base/workspace-path.ts';
import { readPipelineText } from '../pipeline/pipeline-file.ts';
import type { FileEdits } from '../pipeline/data-declarations.ts';
import { dialectOf } from '../session/load.ts';
import { decode } from '../yaml/read-text.ts';
import { writeEdits } from './data/file-edits.ts';

/** @param targets `name`, `path/to/pipeline.yaml:name`, or `data.dvc` in a DVC repository. @returns the exit code. */
export async function freezeCommand(targets: readonly string[], frozen: boolean): Promise<number> {
  const found = findRoot(process.cwd());
  const { data } = await dialectOf(found);
  const isData = (target: string): boolean =>
    data.setFrozen !== undefined && target.endsWith('.dvc') && existsSync(target);
  const ofData = targets.filter(isData).map((target): readonly [WorkspacePath, string] => {
    const file = workspacePath(found.root, folderHere(found.root), target);
    const text = decode(readFileSync(absolutePath(found.root, file)), file, 'bad-dvc-file');
    return [file, data.setFrozen!(text, frozen, file)];
  });
  const { root, edits } = editsOfStages(
    targets.filter((target) => !isData(target)),
    (text, file, names) => setFrozen(text, file, names, frozen),
  );
  writeEdits(root, new Map([...edits, ...ofData]));
  return 0;
}

type EditStages = (text: string, file: string, names: readonly string[]) => string;

export interface StageEdits {
  readonly root: string;
  readonly edits: FileEdits;
  /** The names that each file declares. */
  readonly names: ReadonlyMap<WorkspacePath, ReadonlySet<string>>;
}

/** Writes nothing. @throws PipeError for a target that no file declares. */
export function editsOfStages(targets: readonly string[], edit: EditStages): StageEdits {
  const { root, pipelineFile } = findRoot(process.cwd());
  const here = folderHere(root);
  const names = new Map<WorkspacePath, Set<string>>();
  for (const target of targets) {
    const colon = target.lastIndexOf(':');
    const given =
      colon < 0 ? (pipelineFile as WorkspacePath) : workspacePath(root, here, target.slice(0, colon));
    if (colon < 0 && !existsSync(absolutePath(root, given))) throw unknownName(target, given);
    const { file, name } = locateStage(root, given, target.slice(colon + 1));
    names.set(file, (names.get(file) ?? new Set()).add(name));
  }
  const edits = new Map<WorkspacePath, string>();
  for (const [file, inFile] of names) {
    const text = readPipelineText(resolve(absolutePath(root, file)), file);
    const next = edit(text, file, [...inFile]);
    if (next !== text) edits.set(file, next);
  }
  return { root, edits, names };
}

const unknownName = (target: string, file: WorkspacePath): PipeError =>
  new PipeError({
    code: 'stage-not-declared',
    title: `nothing here is called '${target}', and there is no ${file}`,
    hint: '`pipe stage list` shows what there is',
  });
