// `pipe exp push` and `pipe exp pull`: experiments and a remote.
import { PipeError } from '../../base/problem.ts';
import { stateOf } from '../../experiment/record-state.ts';
import { readRecords, recordNamed, writeRecord } from '../../experiment/record-files.ts';
import { pullExperiments, pushExperiments, type ExchangedExperiments } from '../../run/remote/experiments.ts';
import { bytesText } from '../../show/text/bytes-text.ts';
import { countText } from '../../show/text/count-text.ts';
import { recordedOuts } from '../../session/experiments/recorded-outs.ts';
import { load } from '../../session/load.ts';
import { withLockedWorkspace, withWorkspace } from '../../session/with-workspace.ts';
import { makePrinter, type OutputFlags } from '../printer.ts';
import { printProblem } from '../problems.ts';
import { exchanging } from '../remote.ts';

export interface ExpRemoteFlags extends OutputFlags {
  readonly remote?: string;
  readonly jobs?: number;
  readonly force?: true;
}

/** @param names all that have ended, if none are given. @returns the exit code. */
export async function expPushCommand(names: readonly string[], flags: ExpRemoteFlags): Promise<number> {
  const loaded = await load({});
  const { experiments } = loaded.folders;
  const asked = names.map((name) => recordNamed(experiments, name));
  const running = asked.filter((record) => record.state === 'running');
  if (running.length > 0)
    throw new PipeError(
      running.map((record) => ({
        code: 'exp-running',
        title: `the experiment '${record.name}' has not ended: it is ${stateOf(record)}`,
        hint: 'push it when it has ended',
      })),
    );
  const records =
    names.length > 0 ? asked : readRecords(experiments).records.filter(({ state }) => state !== 'running');
  const done = await withWorkspace(loaded, {}, (workspace) =>
    exchanging('Pushing', workspace, flags, (exchange) =>
      pushExperiments(records, flags.force === true, (record) => recordedOuts(record, loaded), exchange),
    ),
  );
  return report(done, 'pushed', flags);
}

/** @param names all of the remote, if none are given. @returns the exit code. */
export function expPullCommand(names: readonly string[], flags: ExpRemoteFlags): Promise<number> {
  return withLockedWorkspace({}, async (workspace) => {
    const { experiments } = workspace.folders;
    const own = new Map(readRecords(experiments).records.map((record) => [record.name, record]));
    const done = await exchanging('Fetching', workspace, flags, (exchange) =>
      pullExperiments(
        names,
        flags.force === true,
        own,
        (record) => recordedOuts(record, workspace),
        exchange,
        (record) => writeRecord(experiments, record),
      ),
    );
    return report(done, 'fetched', flags);
  });
}

function report(
  { remote, names, present, objects, bytes, problems }: ExchangedExperiments,
  what: 'pushed' | 'fetched',
  flags: OutputFlags,
): number {
  const print = makePrinter(flags);
  print.json({ remote: remote.name, [what]: names, present, objects, bytes });
  const verb = what === 'pushed' ? 'Pushed' : 'Fetched';
  print.line(
    `${remote.name}: ${verb} ${countText(names.length, 'experiment')} with ${countText(objects, 'object')} (${bytesText(bytes)}); ${present.length} ${present.length === 1 ? 'was' : 'were'} there already.`,
  );
  problems.forEach(printProblem);
  return problems.length > 0 ? 1 : 0;
}
