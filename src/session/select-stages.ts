// The stages that a run is asked for, and whether this machine can ever run them.
import { PipeError } from '../base/problem.ts';
import { activeGraph } from '../graph/active-graph.ts';
import type { Stage } from '../pipeline/stage.ts';
import { capacityFor } from '../run/process/machine.ts';
import type { Capacity } from '../run/schedule/slots.ts';
import { decidedStages, load, type Loaded, type OverlayFlags } from './load.ts';

export interface SelectFlags extends OverlayFlags {
  readonly singleItem?: true;
  readonly downstream?: true;
  readonly pipeline?: true;
  readonly recursive?: true;
  readonly jobs?: number;
}

export interface Selected {
  readonly loaded: Loaded;
  /** In dependency order. */
  readonly stages: readonly Stage[];
  readonly capacity: Capacity;
}

/**
 * Loads the project and selects the stages of the targets.
 * @throws PipeError also for a stage that asks for more than the machine or a pool has.
 */
export async function select(targets: readonly string[], flags: SelectFlags): Promise<Selected> {
  const loaded = await load(flags);
  const stages = decidedStages({ ...loaded, graph: activeGraph(loaded.graph) }, targets, {
    single: flags.singleItem === true,
    downstream: flags.downstream === true,
    pipeline: flags.pipeline === true,
    recursive: flags.recursive === true,
  });
  const { capacity, impossible } = capacityFor(stages, flags.jobs, loaded.project.config);
  if (impossible.length > 0) throw new PipeError(impossible);
  return { loaded, stages, capacity };
}
