// What `pipe push`, `fetch` and `pull` print: sentences for people, data for programs.
import type { Problem } from '../base/problem.ts';
import type { Stage } from '../pipeline/stage.ts';
import type { Exchanged } from '../run/remote/exchange.ts';
import type { Fetched } from '../run/remote/fetch.ts';
import type { RemoteOut } from '../run/remote/remote-outs.ts';
import { bytesText } from '../show/text/bytes-text.ts';
import { countText } from '../show/text/count-text.ts';
import { spelledOut } from '../show/text/spell-out.ts';
import { shownOrigin } from './imports/shown-origin.ts';
import { problemJson } from './problems.ts';

export function pushedText(
  { remote, transferred: { objects, bytes, present, failed }, runs }: Exchanged,
  dry: boolean,
): string {
  if (objects === 0 && runs === 0 && failed.size === 0)
    return `${remoteText(remote)} has everything already.`;
  const records = runs > 0 ? ` and ${countText(runs, 'record')} of runs` : '';
  const there = present > 0 ? `; ${present} ${present === 1 ? 'was' : 'were'} there already` : '';
  return `${dry ? 'Would push' : 'Pushed'} ${countText(objects, 'object')} (${bytesText(bytes)})${records} to ${remoteText(remote)}${there}.`;
}

/** @param imports what came from other repositories. @param placed something came into the workspace already. */
export function fetchedLines(
  { remotes, runs, elsewhere, left, remoteless }: Fetched,
  imports: readonly Stage[],
  placed = false,
): string[] {
  const imported = imports.map(
    (stage) => `Fetched '${spelledOut(stage.address)}' from ${spelledOut(shownOrigin(stage.origin!))}.`,
  );
  const objects = remotes.flatMap(({ remote, transferred }) =>
    transferred.objects > 0
      ? [
          `Fetched ${countText(transferred.objects, 'object')} (${bytesText(transferred.bytes)}) from ${remoteText(remote)}.`,
        ]
      : [],
  );
  const records = runs > 0 ? [`Fetched ${countText(runs, 'result')} of earlier runs.`] : [];
  const nothing = remotes.every(
    ({ transferred }) => transferred.objects === 0 && transferred.failed.size === 0,
  );
  if (!nothing || runs > 0 || elsewhere.length > 0 || remoteless.length > 0)
    return [...imported, ...objects, ...records, ...remotes.flatMap(unpushedLines), ...leftOutLines(left)];
  const isIdle = imports.length === 0 && !placed && (remotes.length > 0 || left.length === 0);
  const has = isIdle ? ['The cache has everything already.'] : [];
  return [...imported, ...has, ...leftOutLines(left)];
}

const unpushedLines = ({ remote, unpushed }: Exchanged): string[] =>
  unpushed.length > 0 ? [`Not on ${remoteText(remote)}, by \`push: false\`: ${namesOf(unpushed)}.`] : [];

/** What to say of outputs that are left out, and where nothing is done. @param remotes so many were asked. */
export function idleLines(remotes: number, left: readonly RemoteOut[], verb: string): string[] {
  if (remotes > 0) return leftOutLines(left.filter(({ out }) => out.push));
  if (left.length > 0) return leftOutLines(left);
  return [`Nothing to ${verb}: no output that belongs on a remote is recorded.`];
}

function leftOutLines(outs: readonly RemoteOut[]): string[] {
  const reasons = Map.groupBy(outs, ({ out }) =>
    out.push ? `Only for '${spelledOut(out.remote!)}', by \`remote:\`` : 'Not pushed, by `push: false`',
  );
  return [...reasons].map(([reason, some]) => `${reason}: ${namesOf(some)}.`);
}

/** A grid can have thousands of them. */
const MOST_NAMED = 5;

function namesOf(outs: readonly RemoteOut[]): string {
  const named = outs
    .slice(0, MOST_NAMED)
    .map(({ stage, out }) => `${spelledOut(out.path)} of ${spelledOut(stage.address)}`);
  const rest = outs.length - named.length;
  return [...named, ...(rest > 0 ? [countText(rest, 'other')] : [])].join(', ');
}

/** What neither side has: of all remotes, and data that no remote has. */
export const fetchMissing = ({ remotes, elsewhere }: Fetched): readonly Problem[] => [
  ...remotes.flatMap(({ missing }) => missing),
  ...elsewhere,
];

export const fetchProblems = ({ remotes, remoteless }: Fetched): readonly Problem[] => [
  ...remotes.flatMap(({ problems }) => problems),
  ...remoteless,
];

export function exchangedJson(
  { remote, transferred, runs, missing, problems, unpushed }: Exchanged,
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
    ...(unpushed.length > 0 && {
      unpushed: unpushed.map(({ stage, out }) => ({ stage: stage.address, path: out.path })),
    }),
    problems: [...missing, ...problems].map(problemJson),
  };
}

export const fetchedJson = ({ remotes, runs, elsewhere, remoteless }: Fetched): object => ({
  remotes: remotes.map((one) => exchangedJson(one, 'fetched')),
  runs,
  problems: [...elsewhere, ...remoteless].map(problemJson),
});

const remoteText = ({ name, url }: Exchanged['remote']): string =>
  `'${spelledOut(name)}' (${spelledOut(url)})`;
