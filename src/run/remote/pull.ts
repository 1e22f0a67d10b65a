// What `repro --pull` does before it runs a stage: asks the remote for the result. A remote that fails is reported once and
// not asked again; the run continues without it.
import { chooseRemote } from '../../cache/remote/open-remote.ts';
import { PipeError } from '../../base/problem.ts';
import type { Stage } from '../../pipeline/stage.ts';
import type { Inputs } from '../../plan/fingerprint.ts';
import type { Workspace } from '../../plan/workspace.ts';
import { fetchResult } from './fetch-result.ts';
import { openExchange, type ExchangeOptions } from './exchange.ts';

/** @returns whether the cache has the stage's outputs for these inputs now. */
export type Pull = (stage: Stage, inputs: Inputs) => Promise<boolean>;

/** @throws PipeError where no remote is declared, or it cannot be used. */
export function openPull(workspace: Workspace, options: ExchangeOptions): Pull {
  const exchange = openExchange(workspace, options);
  exchange.remote(chooseRemote(workspace.project.config.remotes, options.asked));
  let ended = false;
  return async (stage, inputs) => {
    if (ended) return false;
    try {
      return (await fetchResult(stage, inputs, exchange)) !== undefined;
    } catch (error) {
      if (!(error instanceof PipeError)) throw error;
      if (!ended) error.problems.forEach(options.warn);
      ended = true;
      return false;
    }
  };
}
