// `pipe stage list`: the stages as they are after templating.
import { stageJson } from '../show/stage-json.ts';
import { stageListText } from '../show/stage-list-text.ts';
import { load, selectStages, type OverlayFlags } from '../session/load.ts';

export interface StageListFlags extends OverlayFlags {
  readonly json?: true;
}

/** @returns the exit code. */
export async function stageListCommand(targets: readonly string[], flags: StageListFlags): Promise<number> {
  const { project, graph } = await load(flags);
  const stages =
    targets.length === 0 ? project.stages : selectStages({ project, graph }, targets, { single: true });
  process.stdout.write(
    flags.json ? JSON.stringify(stages.map(stageJson), null, 2) + '\n' : stageListText(stages),
  );
  return 0;
}
