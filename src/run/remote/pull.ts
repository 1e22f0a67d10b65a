// What `repro --pull` does before it runs a stage: asks the remote for the result. A remote that fails is reported once and
// not asked again; the run continues without it.
import { chooseRemote } from '../../cache/remote/open-remote.ts';
import type { TransferProgress } from '../../cache/remote/transfer.ts';
import { PipeError } from '../../base/problem.ts';
import type { Stage } from '../../pipeline/stage.ts';
import type { Inputs } from '../../plan/fingerprint.ts';
import type { Workspace } from '../../plan/workspace.ts';
import type { Emit } from '../event.ts';
import { fetchResult } from './fetch-result.ts';
import { openExchange, type ExchangeOptions } from './exchange.ts';

export interface Pull {
  /** @param emit learns of the progress, in place of the run. @returns whether the cache has the stage's outputs for these inputs now. */
  fetch(stage: Stage, inputs: Inputs, emit?: Emit): Promise<boolean>;
  close(): Promise<void>;
}

/** @throws PipeError where no remote is declared, or it cannot be used. */
export async function openPull(workspace: Workspace, options: ExchangeOptions, emit: Emit): Promise<Pull> {
  const exchange = openExchange(workspace, options);
  await exchange.remote(chooseRemote(workspace.project.config.remotes, options.asked));
  let ended = false;
  return {
    async fetch(stage, inputs, own = emit) {
      if (ended) return false;
      try {
        return (await fetchResult(stage, inputs, exchange, reporter(stage, own))) !== undefined;
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

/** Milliseconds between two events of one transfer. */
const REPORT_MS = 250;

function reporter({ address }: Stage, emit: Emit): (progress: TransferProgress) => void {
  let last = -Infinity;
  return ({ objects, bytes: { done, total } }) => {
    const now = performance.now();
    if (objects.total === 0 || (objects.done < objects.total && now - last < REPORT_MS)) return;
    last = now;
    const bytes = { done, ...(total !== undefined && { total }) };
    emit({ type: 'fetch', stage: address, objects, bytes });
  };
}
