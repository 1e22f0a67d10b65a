// Edits of declared stages in pipeline files; the commands `freeze` and `unfreeze`.
import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { PipeError } from '../base/problem.ts';
import { setFrozen } from '../pipeline/edit/freeze-stages.ts';
import { locateStage } from '../pipeline/edit/locate-stage.ts';
import { findRoot } from '../pipeline/find-root.ts';
import { absolutePath, workspacePath, type WorkspacePath } from '../base/workspace-path.ts';
import { readPipelineText } from '../pipeline/pipeline-file.ts';
import type { FileEdits } from '../pipeline/data-declarations.ts';
import { writeEdits } from './data/file-edits.ts';

/** @param targets `name`, or `path/to/pipeline.yaml:name`. @returns the exit code. */
export function freezeCommand(targets: readonly string[], frozen: boolean): number {
  const { root, edits } = editsOfStages(targets, (text, file, names) => setFrozen(text, file, names, frozen));
  writeEdits(root, edits);
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
  const here = (relative(root, process.cwd()) || '.') as WorkspacePath;
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
