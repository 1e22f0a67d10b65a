// `pipe stage list`: the stages as they are after templating.
import { stageJson } from '../show/stage-json.ts';
import { stageListText } from '../show/stage-list-text.ts';
import { load, selectStages, type OverlayFlags } from '../session/load.ts';
import { makePrinter, type OutputFlags } from './printer.ts';

export type StageListFlags = OverlayFlags & OutputFlags;

/** @returns the exit code. */
export async function stageListCommand(targets: readonly string[], flags: StageListFlags): Promise<number> {
  const { project, graph } = await load(flags);
  const stages =
    targets.length === 0 ? project.stages : selectStages({ project, graph }, targets, { single: true });
  const print = makePrinter(flags);
  print.json(stages.map(stageJson));
  print.text(stageListText(stages));
  return 0;
}
