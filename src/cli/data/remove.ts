// `pipe remove`: stages and data are no longer declared. Files stay where they are, unless `--outs` says otherwise.
import { shellQuote } from '../../base/shell-quote.ts';
import { removeStages } from '../../pipeline/edit/remove-stages.ts';
import { PipeError, type Problem } from '../../base/problem.ts';
import { absolutePath, folderHere, workspacePath, type WorkspacePath } from '../../base/workspace-path.ts';
import { readPipelineText } from '../../pipeline/pipeline-file.ts';
import type { Stage } from '../../pipeline/stage.ts';
import { removeOuts } from '../../run/data/remove-outs.ts';
import { savedOf, type Replaced } from '../../run/save-unmade.ts';
import { load, type Loaded } from '../../session/load.ts';
import type { OpenWorkspace } from '../../session/open-workspace.ts';
import { withoutInterruption } from '../../session/stop-signals.ts';
import { withLockedWorkspace } from '../../session/with-workspace.ts';
import { restoreHint } from '../../show/live/event-lines.ts';
import { spelledOut } from '../../show/text/spell-out.ts';
import { editsOfStages, type StageEdits } from '../edit.ts';
import { withNewlines } from '../../yaml/read-text.ts';
import { readYaml } from '../../yaml/yaml-source.ts';
import { makePrinter, type OutputFlags } from '../printer.ts';
import { findData, findHolder, type HeldPath } from './find-data.ts';
import { writeEdits } from './file-edits.ts';

export interface RemoveFlags extends OutputFlags {
  readonly outs?: true;
}

/** @param targets stages as they are declared, data, or `.dvc` files. @returns the exit code. */
export async function removeCommand(targets: readonly string[], flags: RemoveFlags): Promise<number> {
  const loaded = await load({}).catch((error: unknown) => {
    // A stage can be removed from a project that does not load: it may be the reason.
    if (error instanceof PipeError && !flags.outs) return undefined;
    throw error;
  });
  if (loaded) refuseOutputs(loaded, targets);
  const simple = loaded === undefined || (!flags.outs && !removesAtOnce(loaded, targets));
  return simple ? removeDeclared(targets, flags) : removeNow(targets, flags);
}

/** @throws PipeError for paths that are no stages of their own, with what to do in each case. */
function refuseOutputs({ project }: Loaded, targets: readonly string[]): void {
  const problems = targets.flatMap((target) => {
    if (findData(project, target) || isDeclared(target)) return [];
    const at = workspacePath(project.root, folderHere(project.root), target);
    const held = findHolder(at, project.stages);
    return held ? [heldProblem(at, held)] : [];
  });
  if (problems.length > 0) throw new PipeError(problems);
}

/** A stage can have the name of its output. */
function isDeclared(target: string): boolean {
  try {
    editsOfStages([target], removeStages);
    return true;
  } catch (error) {
    return !(error instanceof PipeError && error.problems.some(({ code }) => code === 'stage-not-declared'));
  }
}

function heldProblem(at: WorkspacePath, { stage, out }: HeldPath): Problem {
  const { address, cmd, group, place } = stage;
  const isWhole = at === out.at;
  const name = group ?? address;
  return {
    code: 'stage-not-declared',
    title: `'${at}' is ${isWhole ? '' : `inside of '${out.at}', `}${
      cmd === null ? 'which is data' : `an output of the stage '${address}'`
    }`,
    hint:
      cmd === null
        ? `delete '${at}' and run \`pipe add ${shellQuote(at)}\`: the record then has the rest; \`pipe remove ${shellQuote(out.at)}\` is about all of it`
        : `\`pipe remove ${shellQuote(name)}\` removes the stage (\`--outs\`: with all that it wrote); to keep the stage without this output, remove it from its \`outs\``,
    place,
  };
}

/** Data has no later run that could remove its record; DVC removes the records of stages at once. */
const removesAtOnce = ({ project, dialect }: Loaded, targets: readonly string[]): boolean =>
  dialect.rules.keepsVanished || targets.some((target) => findData(project, target) !== undefined);

function removeDeclared(targets: readonly string[], flags: RemoveFlags): number {
  const { root, edits } = editsOfStages(targets, removeStages);
  writeEdits(root, edits);
  const print = makePrinter(flags);
  print.json({ removed: targets.map((stage) => ({ stage, outs: [] })), files: 'later', saved: [] });
  print.line('The next `pipe repro` deletes the outputs and records of removed stages.');
  return 0;
}

function removeNow(targets: readonly string[], flags: RemoveFlags): Promise<number> {
  return withLockedWorkspace({}, async (workspace, beside) => {
    const { project, dialect, locks } = workspace;
    const found = targets.map((target) => ({ target, data: findData(project, target) }));
    const data = [...new Set(found.flatMap((one) => one.data ?? []))];
    const names = found.filter((one) => !one.data).map(({ target }) => target);
    // Refuses unknown names and impossible edits before anything is changed.
    const asked = editsOfStages(names, removeStages);
    const undeclared = dialect.data.remove(project, data);
    const stages = [...data, ...project.stages.filter((stage) => isDeclaredBy(asked, stage))];
    // Whether the cache has what is there takes long to find out, and is remembered.
    if (flags.outs) await lookAtOutputs(stages, workspace);
    const saved: Replaced[] = [];
    await withoutInterruption(async () => {
      for (const stage of stages) {
        if (flags.outs) saved.push(...(await removeOuts(stage, workspace)));
        else for (const out of stage.outs) workspace.store.unprotect(absolutePath(project.root, out.at));
      }
      writeEdits(project.root, undeclared);
      writeEdits(project.root, editsOfStages(names, removeStages).edits);
      for (const stage of stages) {
        locks.forget(stage);
        beside?.unignore(stage);
      }
      locks.fold(locks.overlay(), false);
      beside?.addToGit();
    });
    const print = makePrinter(flags);
    print.json({
      removed: stages.map(({ address, outs }) => ({ stage: address, outs: outs.map(({ at }) => at) })),
      files: flags.outs ? 'removed' : 'kept',
      saved: saved.map(savedOf),
    });
    for (const one of saved.map(savedOf)) print.line(`saved\t${spelledOut(one.path)}\t${restoreHint(one)}`);
    for (const stage of stages) print.line(removedText(stage, flags.outs === true));
    return 0;
  });
}

async function lookAtOutputs(stages: readonly Stage[], { contents }: OpenWorkspace): Promise<void> {
  for (const { at } of stages.flatMap(({ outs }) => outs))
    await contents.get(at).catch((error: unknown) => {
      // What cannot be hashed is saved all the same.
      if (!(error instanceof PipeError)) throw error;
    });
}

/** Whether one of the files declares the stage, or its group, under one of the names. */
function isDeclaredBy({ root, names }: StageEdits, { place }: Stage): boolean {
  const file = place.file as WorkspacePath;
  const inFile = names.get(file);
  if (!inFile) return false;
  const source = readYaml(withNewlines(readPipelineText(absolutePath(root, file), file)), file);
  return [...inFile].some((name) => {
    const { line, column } = source.place(['stages', name], 'key');
    return line === place.line && column === place.column;
  });
}

function removedText({ address, outs, cmd }: Stage, withOuts: boolean): string {
  const paths = outs.map(({ at }) => spelledOut(at)).join(', ');
  const what = spelledOut(address);
  if (outs.length === 0) return `Removed '${what}'.`;
  if (withOuts) return `Removed '${what}' with ${paths}.`;
  return cmd === null
    ? `Removed '${what}': ${paths} ${outs.length === 1 ? 'stays, and is' : 'stay, and are'} not tracked any more.`
    : `Removed '${what}': its outputs stay.`;
}
