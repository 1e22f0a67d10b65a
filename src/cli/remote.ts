// `pipe push`, `pipe fetch` and `pipe pull`: the cache and its remotes.
import type { Problem } from '../base/problem.ts';
import { checkout, type CheckoutResult } from '../run/checkout.ts';
import { openExchange, type Exchange, type Exchanged } from '../run/remote/exchange.ts';
import { fetchRecorded, type Fetched } from '../run/remote/fetch.ts';
import { push } from '../run/remote/push.ts';
import { fetchLists, recordsOfParts } from '../run/remote/part-records.ts';
import { leftOut, workspaceRecords, type StageRecord } from '../run/remote/remote-outs.ts';
import { notingUse } from '../session/cache-projects.ts';
import { load, type OverlayFlags } from '../session/load.ts';
import type { OpenWorkspace } from '../session/open-workspace.ts';
import { endedBySignals } from '../session/stop-signals.ts';
import { openTransferDisplay } from '../session/transfer-display.ts';
import { withLockedWorkspace, withWorkspace } from '../session/with-workspace.ts';
import { checkoutJson, checkoutLines } from './checkout.ts';
import { fetchImports } from './imports/fetch-imports.ts';
import { makePrinter, type OutputFlags } from './printer.ts';
import { printProblem, printWarning } from './problems.ts';
import {
  exchangedJson,
  fetchedJson,
  fetchedLines,
  fetchMissing,
  fetchProblems,
  idleLines,
  pushedText,
} from './remote-text.ts';
import { meantRecords, type Meant, type MeantFlags } from './remotes/meant-records.ts';

export interface RemoteFlags extends OverlayFlags, OutputFlags, MeantFlags {
  readonly remote?: string;
  /** What neither the cache nor the remote has is no failure. */
  readonly allowMissing?: true;
  readonly jobs?: number;
  readonly runCache?: true;
  readonly force?: true;
  readonly dry?: true;
}

/** Only reads the cache, so that it can go on beside a run. @returns the exit code. */
export async function pushCommand(targets: readonly string[], flags: RemoteFlags): Promise<number> {
  const loaded = await load(flags);
  const { stages, revisions, problems } = await meantRecords(loaded, targets, flags);
  const dry = flags.dry === true;
  const request = { force: flags.force === true, runCache: flags.runCache === true, dry, revisions };
  const [done, left] = await withWorkspace(loaded, flags, async (workspace) => {
    const send = (): Promise<readonly Exchanged[]> =>
      exchanging('Pushing', workspace, flags, (exchange) => push(stages, request, exchange));
    const sent = await (dry ? send() : notingUse(workspace, send));
    return [sent, leftOut(stages, { asked: flags.remote, pushed: true }, workspace)];
  });
  const print = makePrinter(flags);
  print.json({ remotes: done.map((one) => exchangedJson(one, 'pushed')) });
  for (const one of done) print.line(pushedText(one, dry));
  idleLines(done.length, left, 'push').forEach(print.line);
  const missing = done.flatMap((one) => one.missing);
  return exitCodeFor([...problems, ...done.flatMap((one) => one.problems)], missing, flags);
}

/** @returns the exit code. */
export function fetchCommand(targets: readonly string[], flags: RemoteFlags): Promise<number> {
  return withLockedWorkspace(flags, async (workspace, beside) => {
    const meant = await meantRecords(workspace, targets, flags, true);
    const imports = await fetchImports(meant, workspace, { beside, flags, place: false });
    const problems = [...meant.problems, ...imports.problems];
    const { fetched } = await fetchMeant(meant, false, workspace, flags);
    const print = makePrinter(flags);
    print.json(fetchedJson(fetched));
    fetchedLines(fetched, imports.fetched).forEach(print.line);
    return exitCodeFor([...problems, ...fetchProblems(fetched)], fetchMissing(fetched), flags);
  });
}

/** @returns the exit code. */
export function pullCommand(targets: readonly string[], flags: RemoteFlags): Promise<number> {
  return withLockedWorkspace(flags, async (workspace, beside) => {
    const print = makePrinter(flags);
    const meant = await meantRecords(workspace, targets, flags, true);
    const imports = await fetchImports(meant, workspace, { beside, flags, place: true });
    const { placed } = imports;
    const fetchAll = async (verify: boolean): Promise<FetchedMeant> => {
      const done = await fetchMeant(meant, verify, workspace, flags);
      // The second time only what is fetched again is news.
      fetchedLines(done.fetched, verify ? [] : imports.fetched, verify || placed.length > 0).forEach(
        print.line,
      );
      return done;
    };
    let { fetched, records } = await fetchAll(false);
    let result = await checkout(records, flags.force === true, workspace);
    result = { ...result, changed: [...placed, ...result.changed] };
    const isWhole = [...fetchProblems(fetched), ...fetchMissing(fetched)].length === 0;
    const left = fetched.left.filter(({ content }) => !workspace.store.has(content));
    const absent = [...left, ...fetched.remotes.flatMap((one) => one.unpushed)];
    if (result.missing.length > absent.length && isWhole) {
      // Objects that the cache seemed to have turned out to be damaged.
      ({ fetched, records } = await fetchAll(true));
      result = joined(result, await checkout(records, flags.force === true, workspace));
    }
    const problems = [...meant.problems, ...imports.problems, ...fetchProblems(fetched)];
    const missing = fetchMissing(fetched);
    print.json({ ...fetchedJson(fetched), ...checkoutJson(result) });
    checkoutLines(result).forEach(print.line);
    if (
      [result.changed, result.missing, result.unkept, problems, missing].every(({ length }) => length === 0)
    )
      print.line('Everything is as the lock file records it.');
    result.unkept.forEach(printWarning);
    // What could not be fetched is missing in the workspace too: once is enough.
    return exitCodeFor(problems, [...problems, ...missing].length > 0 ? missing : result.missing, flags);
  });
}

interface FetchedMeant {
  readonly fetched: Fetched;
  /** What is to be placed in the workspace. */
  readonly records: readonly StageRecord[];
}

/** @param verify an object of the cache was damaged: check the others too. */
function fetchMeant(
  { stages, parts, revisions, revisionParts }: Meant,
  verify: boolean,
  workspace: OpenWorkspace,
  flags: RemoteFlags,
): Promise<FetchedMeant> {
  const runCache = flags.runCache === true;
  return exchanging('Fetching', workspace, flags, async (exchange) => {
    const all = [...parts, ...revisionParts];
    await fetchLists(all, exchange);
    const wanted = [...recordsOfParts(all, workspace), ...revisions];
    const fetched = await fetchRecorded(stages, { runCache, verify, revisions: wanted }, exchange);
    // The sizes of files in a folder of DVC are known once they are here.
    const records = [...workspaceRecords(stages, workspace), ...recordsOfParts(parts, workspace)];
    return { fetched, records };
  });
}

const joined = (first: CheckoutResult, second: CheckoutResult): CheckoutResult => ({
  changed: [...first.changed, ...second.changed],
  missing: second.missing,
  unkept: second.unkept,
  saved: [...first.saved, ...second.saved],
});

/** Opens the remotes and shows the progress of the work. */
export async function exchanging<T>(
  doing: string,
  workspace: OpenWorkspace,
  flags: Pick<RemoteFlags, 'json' | 'quiet' | 'remote' | 'jobs'>,
  work: (exchange: Exchange, onRetry?: (reason: string) => void) => Promise<T>,
): Promise<T> {
  const { cache, placing } = workspace.folders;
  const display = flags.json || flags.quiet ? undefined : openTransferDisplay(doing, process.stderr);
  return endedBySignals(async () => {
    let exchange: Exchange | undefined;
    try {
      exchange = openExchange(workspace, {
        dir: cache,
        scratch: placing,
        ...(flags.remote !== undefined && { asked: flags.remote }),
        ...(flags.jobs !== undefined && { jobs: flags.jobs }),
        ...(display && { onProgress: display.progress, onRetry: display.retry }),
        warn: printWarning,
      });
      return await work(exchange, display?.retry);
    } finally {
      await exchange?.close();
      display?.close();
    }
  });
}

/** Prints them. @param missing what neither side has, which may be allowed. */
function exitCodeFor(
  problems: readonly Problem[],
  missing: readonly Problem[],
  { allowMissing }: RemoteFlags,
): number {
  missing.forEach(allowMissing ? printWarning : printProblem);
  problems.forEach(printProblem);
  return problems.length > 0 || (missing.length > 0 && !allowMissing) ? 1 : 0;
}
