// `pipe push`, `pipe fetch` and `pipe pull`: the cache and its remotes.
import type { Problem } from '../base/problem.ts';
import { checkout, type CheckoutResult } from '../run/checkout.ts';
import { openExchange, type Exchange, type Exchanged } from '../run/remote/exchange.ts';
import { fetchRecorded, type Fetched } from '../run/remote/fetch.ts';
import { push } from '../run/remote/push.ts';
import { bytesText } from '../show/text/bytes-text.ts';
import { restoreHint } from '../show/live/event-lines.ts';
import { problemText, warningText } from '../show/text/problem-text.ts';
import { spelledOut } from '../show/text/spell-out.ts';
import { wantsColour } from '../show/text/colour.ts';
import { decidedStages, load, type OverlayFlags } from '../session/load.ts';
import type { OpenWorkspace } from '../session/open-workspace.ts';
import { EXIT_CODES, listenForSignals } from '../session/stop-signals.ts';
import { openTransferDisplay } from '../session/transfer-display.ts';
import { withLockedWorkspace, withWorkspace } from '../session/with-workspace.ts';

export interface RemoteFlags extends OverlayFlags {
  readonly remote?: string;
  readonly jobs?: number;
  readonly runCache?: true;
  readonly force?: true;
  readonly dry?: true;
  readonly json?: true;
}

/** Reads only, so that it can go on beside a run. @returns the exit code. */
export async function pushCommand(targets: readonly string[], flags: RemoteFlags): Promise<number> {
  const loaded = await load(flags);
  const stages = decidedStages(loaded, targets, { single: targets.length > 0 });
  const dry = flags.dry === true;
  const request = { force: flags.force === true, runCache: flags.runCache === true, dry };
  const done = await withWorkspace(loaded, flags, (workspace) =>
    exchanging('Pushing', workspace, flags, (exchange) => push(stages, request, exchange)),
  );
  if (flags.json) printJson({ remotes: done.map((one) => exchangedJson(one, 'pushed')) });
  else for (const one of done) tellPushed(one, dry);
  return tellProblems(done.flatMap(({ problems }) => problems));
}

/** @returns the exit code. */
export function fetchCommand(targets: readonly string[], flags: RemoteFlags): Promise<number> {
  return withLockedWorkspace(flags, async (workspace) => {
    const stages = decidedStages(workspace, targets, { single: targets.length > 0 });
    const fetched = await exchanging('Fetching', workspace, flags, (exchange) =>
      fetchRecorded(stages, { runCache: flags.runCache === true, verify: false }, exchange),
    );
    if (flags.json) printJson(fetchedJson(fetched));
    else tellFetched(fetched);
    return tellProblems(problemsOf(fetched));
  });
}

/** @returns the exit code. */
export function pullCommand(targets: readonly string[], flags: RemoteFlags): Promise<number> {
  return withLockedWorkspace(flags, async (workspace) => {
    const stages = decidedStages(workspace, targets, { single: targets.length > 0 });
    const fetchAll = (verify: boolean): Promise<Fetched> =>
      exchanging('Fetching', workspace, flags, (exchange) =>
        fetchRecorded(stages, { runCache: flags.runCache === true, verify }, exchange),
      );
    let fetched = await fetchAll(false);
    if (!flags.json) tellFetched(fetched);
    let result = await checkout(stages, flags.force === true, workspace);
    if (result.missing.length > 0 && problemsOf(fetched).length === 0) {
      // The cache seemed to have what turned out to be damaged.
      fetched = await fetchAll(true);
      if (!flags.json) tellFetched(fetched);
      result = joined(result, await checkout(stages, flags.force === true, workspace));
    }
    const { changed, missing, unkept, saved } = result;
    if (flags.json)
      printJson({
        ...fetchedJson(fetched),
        checkout: changed,
        saved: saved.map(({ at, saved: { id } }) => ({ path: at, id })),
      });
    else {
      for (const { what, path } of changed)
        console.log(`${what === 'added' ? 'A' : 'M'}\t${spelledOut(path)}`);
      for (const { at, saved: kept } of saved)
        console.log(`saved\t${spelledOut(at)}\t${restoreHint({ path: at, id: kept.id })}`);
      if ([changed, missing, unkept, problemsOf(fetched)].every(({ length }) => length === 0))
        console.log('Everything is as the lock file records it.');
    }
    for (const problem of unkept) tellWarning(problem);
    const problems = problemsOf(fetched);
    return tellProblems(problems.length > 0 ? problems : missing);
  });
}

const joined = (first: CheckoutResult, second: CheckoutResult): CheckoutResult => ({
  changed: [...first.changed, ...second.changed],
  missing: second.missing,
  unkept: second.unkept,
  saved: [...first.saved, ...second.saved],
});

/** Opens the remotes and shows how far the work is. */
async function exchanging<T>(
  doing: string,
  workspace: OpenWorkspace,
  flags: RemoteFlags,
  work: (exchange: Exchange) => Promise<T>,
): Promise<T> {
  const { cache, placing } = workspace.folders;
  const display = flags.json ? undefined : openTransferDisplay(doing, process.stderr);
  // Whatever is on its way is aside, and goes with us or with the next garbage collection.
  const ignoreSignals = listenForSignals((signal) => process.exit(EXIT_CODES[signal]));
  try {
    const exchange = openExchange(workspace, {
      dir: cache,
      scratch: placing,
      ...(flags.remote !== undefined && { asked: flags.remote }),
      ...(flags.jobs !== undefined && { jobs: flags.jobs }),
      ...(display && { onProgress: display.progress, onRetry: display.retry }),
      warn: tell,
    });
    return await work(exchange);
  } finally {
    ignoreSignals();
    display?.close();
  }
}

const remoteText = ({ name, url }: Exchanged['remote']): string =>
  `'${spelledOut(name)}' (${spelledOut(url)})`;

function tellPushed(
  { remote, transferred: { objects, bytes, present, failed }, runs }: Exchanged,
  dry: boolean,
): void {
  const records = runs > 0 ? ` and ${count(runs, 'record')} of runs` : '';
  const there = present > 0 ? `; ${present} ${present === 1 ? 'was' : 'were'} there already` : '';
  console.log(
    objects === 0 && runs === 0 && failed.size === 0
      ? `${remoteText(remote)} has everything already.`
      : `${dry ? 'Would push' : 'Pushed'} ${count(objects, 'object')} (${bytesText(bytes)})${records} to ${remoteText(remote)}${there}.`,
  );
}

function tellFetched({ remotes, runs, elsewhere }: Fetched): void {
  for (const { remote, transferred } of remotes)
    if (transferred.objects > 0)
      console.log(
        `Fetched ${count(transferred.objects, 'object')} (${bytesText(transferred.bytes)}) from ${remoteText(remote)}.`,
      );
  if (runs > 0) console.log(`Fetched ${count(runs, 'result')} of earlier runs.`);
  const nothing = remotes.every(
    ({ transferred }) => transferred.objects === 0 && transferred.failed.size === 0,
  );
  if (nothing && runs === 0 && elsewhere.length === 0) console.log('The cache has everything already.');
}

const problemsOf = ({ remotes, elsewhere }: Fetched): readonly Problem[] => [
  ...remotes.flatMap(({ problems }) => problems),
  ...elsewhere,
];

const tell = (problem: Problem): void =>
  void process.stderr.write(problemText(problem, wantsColour(process.stderr)) + '\n');

const tellWarning = (problem: Problem): void =>
  void process.stderr.write(warningText(problem, wantsColour(process.stderr)) + '\n');

/** @returns the exit code. */
function tellProblems(problems: readonly Problem[]): number {
  problems.forEach(tell);
  return problems.length > 0 ? 1 : 0;
}

function exchangedJson(
  { remote, transferred, runs, problems }: Exchanged,
  verb: 'pushed' | 'fetched',
): object {
  const { objects, bytes, present } = transferred;
  return {
    remote: remote.name,
    url: remote.url,
    [verb]: objects,
    bytes,
    present,
    ...(verb === 'pushed' && { runs }),
    problems: problems.map(({ code, title }) => ({ code, title })),
  };
}

const fetchedJson = ({ remotes, runs, elsewhere }: Fetched): object => ({
  remotes: remotes.map((one) => exchangedJson(one, 'fetched')),
  runs,
  problems: elsewhere.map(({ code, title }) => ({ code, title })),
});

function printJson(value: object): void {
  process.stdout.write(JSON.stringify(value, null, 2) + '\n');
}

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;
