// Whether an experiment still runs, or its process was killed.
import { hostname } from 'node:os';
import { isAlive, ownProcessId } from '../base/process-id.ts';
import type { ExperimentRecord, ExperimentState, Runner } from './record.ts';

/** The processes of another host cannot be seen: its experiments count as running. */
export function stateOf({ state, runner }: ExperimentRecord): ExperimentState {
  if (state !== 'running' || (runner && (runner.host !== hostname() || isAlive(runner)))) return state;
  return 'interrupted';
}

export const thisRunner = (): Runner => ({ ...ownProcessId(), host: hostname() });
