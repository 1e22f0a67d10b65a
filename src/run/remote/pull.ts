// What `repro --pull` does before it runs a stage: asks the remote for the result. A remote that fails is reported once and
// not asked again; the run continues without it.
import { chooseRemote } from '../../cache/remote/open-remote.ts';
import { PipeError } from '../../base/problem.ts';
import type { Stage } from '../../pipeline/stage.ts';
import type { Inputs } from '../../plan/fingerprint.ts';
import type { Workspace } from '../../plan/workspace.ts';
import { fetchResult } from './fetch-result.ts';
import { openExchange, type ExchangeOptions } from './exchange.ts';

export interface Pull {
  /** @returns whether the cache has the stage's outputs for these inputs now. */
  fetch(stage: Stage, inputs: Inputs): Promise<boolean>;
  close(): Promise<void>;
}

/** @throws PipeError where no remote is declared, or it cannot be used. */
export async function openPull(workspace: Workspace, options: ExchangeOptions): Promise<Pull> {
  const exchange = openExchange(workspace, options);
  await exchange.remote(chooseRemote(workspace.project.config.remotes, options.asked));
  let ended = false;
  return {
    async fetch(stage, inputs) {
      if (ended) return false;
      try {
        return (await fetchResult(stage, inputs, exchange)) !== undefined;
      } catch (error) {
        if (!(error instanceof PipeError)) throw error;
        if (!ended) error.problems.forEach(options.warn);
        ended = true;
        return false;
      }
    },
    close: () => exchange.close(),
  };
}
