// `pipe push`, `pipe fetch` and `pipe pull`: the cache and its remotes.
import type { Problem } from '../base/problem.ts';
import { checkout, type CheckoutResult } from '../run/checkout.ts';
import { openExchange, type Exchange } from '../run/remote/exchange.ts';
import { fetchRecorded, type Fetched } from '../run/remote/fetch.ts';
import { push } from '../run/remote/push.ts';
import { decidedStages, load, type OverlayFlags } from '../session/load.ts';
import type { OpenWorkspace } from '../session/open-workspace.ts';
import { EXIT_CODES, listenForSignals } from '../session/stop-signals.ts';
import { openTransferDisplay } from '../session/transfer-display.ts';
import { withLockedWorkspace, withWorkspace } from '../session/with-workspace.ts';
import { checkoutJson, checkoutLines } from './checkout.ts';
import { makePrinter, type OutputFlags } from './printer.ts';
import { printProblem, printWarning } from './problems.ts';
import { exchangedJson, fetchedJson, fetchedLines, fetchProblems, pushedText } from './remote-text.ts';

export interface RemoteFlags extends OverlayFlags, OutputFlags {
  readonly remote?: string;
  readonly jobs?: number;
  readonly runCache?: true;
  readonly force?: true;
  readonly dry?: true;
}

/** Only reads the cache, so that it can go on beside a run. @returns the exit code. */
export async function pushCommand(targets: readonly string[], flags: RemoteFlags): Promise<number> {
  const loaded = await load(flags);
  const stages = decidedStages(loaded, targets, { single: targets.length > 0 });
  const dry = flags.dry === true;
  const request = { force: flags.force === true, runCache: flags.runCache === true, dry };
  const done = await withWorkspace(loaded, flags, (workspace) =>
    exchanging('Pushing', workspace, flags, (exchange) => push(stages, request, exchange)),
  );
  const print = makePrinter(flags);
  print.json({ remotes: done.map((one) => exchangedJson(one, 'pushed')) });
  for (const one of done) print.line(pushedText(one, dry));
  return exitCodeFor(done.flatMap(({ problems }) => problems));
}

/** @returns the exit code. */
export function fetchCommand(targets: readonly string[], flags: RemoteFlags): Promise<number> {
  return withLockedWorkspace(flags, async (workspace) => {
    const stages = decidedStages(workspace, targets, { single: targets.length > 0 });
    const fetched = await exchanging('Fetching', workspace, flags, (exchange) =>
      fetchRecorded(stages, { runCache: flags.runCache === true, verify: false }, exchange),
    );
    const print = makePrinter(flags);
    print.json(fetchedJson(fetched));
    fetchedLines(fetched).forEach(print.line);
    return exitCodeFor(fetchProblems(fetched));
  });
}

/** @returns the exit code. */
export function pullCommand(targets: readonly string[], flags: RemoteFlags): Promise<number> {
  return withLockedWorkspace(flags, async (workspace) => {
    const print = makePrinter(flags);
    const stages = decidedStages(workspace, targets, { single: targets.length > 0 });
    const fetchAll = async (verify: boolean): Promise<Fetched> => {
      const done = await exchanging('Fetching', workspace, flags, (exchange) =>
        fetchRecorded(stages, { runCache: flags.runCache === true, verify }, exchange),
      );
      fetchedLines(done).forEach(print.line);
      return done;
    };
    let fetched = await fetchAll(false);
    let result = await checkout(stages, flags.force === true, workspace);
    if (result.missing.length > 0 && fetchProblems(fetched).length === 0) {
      // Objects that the cache seemed to have turned out to be damaged.
      fetched = await fetchAll(true);
      result = joined(result, await checkout(stages, flags.force === true, workspace));
    }
    const problems = fetchProblems(fetched);
    print.json({ ...fetchedJson(fetched), ...checkoutJson(result) });
    checkoutLines(result).forEach(print.line);
    if ([result.changed, result.missing, result.unkept, problems].every(({ length }) => length === 0))
      print.line('Everything is as the lock file records it.');
    result.unkept.forEach(printWarning);
    return exitCodeFor(problems.length > 0 ? problems : result.missing);
  });
}

const joined = (first: CheckoutResult, second: CheckoutResult): CheckoutResult => ({
  changed: [...first.changed, ...second.changed],
  missing: second.missing,
  unkept: second.unkept,
  saved: [...first.saved, ...second.saved],
});

/** Opens the remotes and shows the progress of the work. */
async function exchanging<T>(
  doing: string,
  workspace: OpenWorkspace,
  flags: RemoteFlags,
  work: (exchange: Exchange) => Promise<T>,
): Promise<T> {
  const { cache, placing } = workspace.folders;
  const display = flags.json || flags.quiet ? undefined : openTransferDisplay(doing, process.stderr);
  // Partial files have temporary names; garbage collection removes them.
  const ignoreSignals = listenForSignals((signal) => process.exit(EXIT_CODES[signal]));
  let exchange: Exchange | undefined;
  try {
    exchange = openExchange(workspace, {
      dir: cache,
      scratch: placing,
      ...(flags.remote !== undefined && { asked: flags.remote }),
      ...(flags.jobs !== undefined && { jobs: flags.jobs }),
      ...(display && { onProgress: display.progress, onRetry: display.retry }),
      warn: printProblem,
    });
    return await work(exchange);
  } finally {
    await exchange?.close();
    ignoreSignals();
    display?.close();
  }
}

/** Prints them. */
function exitCodeFor(problems: readonly Problem[]): number {
  problems.forEach(printProblem);
  return problems.length > 0 ? 1 : 0;
}
