// A failed fetch of an output as a problem.
import { shellQuote } from '../../base/shell-quote.ts';
import type { Remote } from '../../cache/remote/remote.ts';
import type { Failure } from '../../cache/remote/transfer.ts';
import type { Problem } from '../../base/problem.ts';
import type { Stage } from '../../pipeline/stage.ts';
import { remakingHint } from '../stage-problems.ts';

/** @param path of the output, as declared. */
export function failureProblem(
  remote: Remote,
  stage: Stage,
  path: string,
  failure: Failure,
  revision?: string,
): Problem {
  const missing = failure.kind === 'missing';
  const other = revision === undefined ? remakingHint(stage) : 'give --allow-missing';
  return {
    code: missing ? 'remote-missing' : 'remote-corrupt',
    title: missing
      ? `the remote '${remote.name}' does not have all of '${path}' of '${stage.address}'${atText(revision)}`
      : `the remote '${remote.name}' has something else for '${path}' of '${stage.address}'${atText(revision)}: ${failure.why}`,
    facts: [['object', failure.digest]],
    hint: missing
      ? ['push it from where the cache has it', other].filter(Boolean).join(', or ')
      : `nothing of it was kept; replace it with \`pipe push --force ${shellQuote(stage.address)}\` from where the cache has it`,
    place: stage.place,
  };
}

/** Names a git revision that has the record. */
export const atText = (revision: string | undefined): string =>
  revision === undefined ? '' : ` (at ${revision})`;
