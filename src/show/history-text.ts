// `pipe history` in words: the runs of a project, the newest last, each with what it ran or restored, and why.
import { largest, smallest } from '../base/extremes.ts';
import type { HistoryEntry } from '../run/history.ts';
import { bytesText } from './text/bytes-text.ts';
import { durationText } from './text/duration-text.ts';
import { groupPart } from './text/group-part.ts';
import { jobText } from './text/job-text.ts';
import { painter, type Paint, type Style } from './text/paint.ts';
import { spelledOut } from './text/spell-out.ts';
import { padTo, textWidth } from './text/text-width.ts';
import { timeText } from './text/time-text.ts';

export interface HistoryTextOptions {
  readonly colour: boolean;
  /** Name every stage of a group. */
  readonly verbose: boolean;
  /** IANA name; the reader's time zone if left out. */
  readonly zone?: string;
}

const STYLES: { readonly [what in HistoryEntry['what']]: Style } = {
  ran: 'green',
  restored: 'cyan',
  failed: 'red',
};
const VERB = 9;

/** Whole lines, each with its end. @param entries oldest first. */
export function historyText(entries: readonly HistoryEntry[], options: HistoryTextOptions): string {
  const paint = painter(options.colour);
  const runs = [...Map.groupBy(entries, ({ run }) => run).values()];
  if (runs.length === 0) return 'No runs yet.\n';
  return runs
    .map((run) =>
      runLines(run, paint, options)
        .map((line) => `${line}\n`)
        .join(''),
    )
    .join('\n');
}

function runLines(
  run: readonly HistoryEntry[],
  paint: Paint,
  { verbose, zone }: HistoryTextOptions,
): string[] {
  const counts = Map.groupBy(run, ({ what }) => what);
  const totals = (['ran', 'restored', 'failed'] as const).flatMap((what) => {
    const list = counts.get(what);
    return list ? [paint(STYLES[what], `${list.length} ${what}`)] : [];
  });
  const began = smallest(run.map(startOf));
  const ended = largest(run.map(({ time }) => Date.parse(time)));
  const rows = foldEntries(run, verbose);
  const names = largest(rows.map(({ name }) => textWidth(name)));
  const times = largest(rows.map(({ seconds }) => durationText(seconds).length));
  return [
    `${paint('bold', timeText(new Date(began), zone))}  ${durationText((ended - began) / 1000)}  ${totals.join(', ')}`,
    ...rows.map(({ what, name, seconds, why, job }) =>
      [
        `  ${paint(STYLES[what], what.padEnd(VERB))}${padTo(name, names)}`,
        durationText(seconds).padStart(times),
        paint('dim', why),
        ...(job === undefined ? [] : [paint('dim', job)]),
      ]
        .join('  ')
        .trimEnd(),
    ),
  ];
}

const startOf = ({ time, seconds }: HistoryEntry): number => Date.parse(time) - seconds * 1000;

interface Row {
  readonly what: HistoryEntry['what'];
  readonly name: string;
  /** Of all members together. */
  readonly seconds: number;
  readonly why: string;
  /** Where it ran, of a single job of a batch system. */
  readonly job: string | undefined;
}

/** Members of a group that ran for the same reason are one row. */
function foldEntries(run: readonly HistoryEntry[], verbose: boolean): Row[] {
  const key = ({ stage, what, why }: HistoryEntry): string =>
    JSON.stringify([what, verbose ? stage : groupPart(stage), why]);
  return [...Map.groupBy(run, key).values()].map((list) => {
    const { stage, what, why, job } = list[0]!;
    const name = list.length === 1 ? stage : `${groupPart(stage)} ×${list.length}`;
    return {
      what,
      name: spelledOut(name),
      why: spelledOut(why),
      job: list.length === 1 && job ? usedText(job) : undefined,
      seconds: list.reduce((sum, { seconds }) => sum + seconds, 0),
    };
  });
}

function usedText({ memory, ...job }: NonNullable<HistoryEntry['job']>): string {
  return `(${[jobText(job), memory && bytesText(memory)].filter(Boolean).join(', ')})`;
}
