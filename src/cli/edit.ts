// The commands that edit stages of pipeline files: `freeze`, `unfreeze`, `remove`.
import { relative, resolve } from 'node:path';
import { setFrozen } from '../pipeline/edit/freeze-stages.ts';
import { locateStage } from '../pipeline/edit/locate-stage.ts';
import { removeStages } from '../pipeline/edit/remove-stages.ts';
import { findRoot } from '../pipeline/find-root.ts';
import { absolutePath, workspacePath, type WorkspacePath } from '../base/workspace-path.ts';
import { readPipelineText } from '../pipeline/pipeline-file.ts';
import { makePrinter, type OutputFlags } from './printer.ts';
import { writePipeline } from './write-pipeline.ts';

/** @param targets `name`, or `path/to/pipeline.yaml:name`. @returns the exit code. */
export function freezeCommand(targets: readonly string[], frozen: boolean): number {
  editStages(targets, (text, file, names) => setFrozen(text, file, names, frozen));
  return 0;
}

/** @returns the exit code. */
export function removeCommand(targets: readonly string[], flags: OutputFlags): number {
  editStages(targets, removeStages);
  makePrinter(flags).line('The next `pipe repro` deletes the outputs and records of removed stages.');
  return 0;
}

type EditStages = (text: string, file: string, names: readonly string[]) => string;

/** Edits all of the files, or none. */
function editStages(targets: readonly string[], edit: EditStages): void {
  const { root, pipelineFile } = findRoot(process.cwd());
  const here = (relative(root, process.cwd()) || '.') as WorkspacePath;
  const names = new Map<WorkspacePath, Set<string>>();
  for (const target of targets) {
    const colon = target.lastIndexOf(':');
    const given =
      colon < 0 ? (pipelineFile as WorkspacePath) : workspacePath(root, here, target.slice(0, colon));
    const { file, name } = locateStage(root, given, target.slice(colon + 1));
    names.set(file, (names.get(file) ?? new Set()).add(name));
  }
  const edited = [...names].map(([file, inFile]) => {
    const path = resolve(absolutePath(root, file));
    const text = readPipelineText(path, file);
    return { path, text, next: edit(text, file, [...inFile]) };
  });
  for (const { path, text, next } of edited) if (next !== text) writePipeline(path, next);
}
