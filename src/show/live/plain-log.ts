// A run as plain lines, for pipes, files and CI: what starts and ends, what stages print with their name before it, and
// a summary.
import type { StageAddress } from '../../pipeline/stage.ts';
import type { RunEvent, StageProgress } from '../../run/event.ts';
import { durationText } from '../text/duration-text.ts';
import { eventLines, nameWidthFor } from './event-lines.ts';
import { painter } from '../text/paint.ts';
import { describeReasons } from '../status/reason-text.ts';
import type { Output, Renderer } from './output.ts';
import { annotationOf, harmless } from './github-commands.ts';
import { progressText } from './progress-text.ts';
import { newRunState, track } from './run-state.ts';
import { fetchText } from './transfer-line.ts';
import { summaryLines } from './run-summary.ts';
import { printedLine, safeOutput, spelledOut } from '../text/spell-out.ts';
import { padTo } from '../text/text-width.ts';

export interface PlainLogOptions {
  readonly stream: Output;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly colour: boolean;
  readonly github: boolean;
  /** The stages of the run, for columns that stay. */
  readonly stages?: readonly StageAddress[];
  /** Absolute; paths below it are shown relative to it. */
  readonly folder?: string | undefined;
  readonly now: () => number;
}

/** What a quiet run prints too. */
const QUIET: ReadonlySet<RunEvent['type']> = new Set(['failed', 'warning', 'saved', 'waiting', 'stopping']);
/** Seconds between two lines of progress of a stage. */
const PROGRESS_EVERY = 10;
/** Lines of a stage that are kept for its group; the log file has them all. */
const KEPT_LINES = 5000;

export function makePlainLog(options: PlainLogOptions): Renderer {
  const { stream, quiet, verbose, colour, github, now } = options;
  const paint = painter(colour);
  const state = newRunState();
  const nameWidth = nameWidthFor(options.stages ?? []);
  const groups = new Map<StageAddress, { dropped: number; readonly lines: string[] }>();
  const lastProgress = new Map<StageAddress, number>();
  const write = (lines: readonly string[]): void => {
    if (lines.length > 0) stream.write(lines.map((line) => `${safeOutput(line, colour)}\n`).join(''));
  };
  /** No line is taken for a command of GitHub's but those that are written as such. */
  const print = (lines: readonly string[]): void => write(github ? lines.map(harmless) : lines);

  const printed = (stage: StageAddress, line: string): void => {
    if (!github) return print([`${paint('dim', `${spelledOut(stage)} |`)} ${line}`]);
    const group = groups.get(stage) ?? { dropped: 0, lines: [] };
    groups.set(stage, group);
    group.lines.push(line);
    if (group.lines.length > KEPT_LINES) {
      group.lines.shift();
      group.dropped += 1;
    }
  };

  /** Output of stages that run side by side is held back until its stage ends, since groups cannot be mixed. */
  const closeGroup = (stage: StageAddress, seconds?: number): void => {
    const group = groups.get(stage);
    groups.delete(stage);
    if (!group) return;
    const dropped = group.dropped > 0 ? [`… ${group.dropped} earlier lines are in the log of the stage`] : [];
    const took = seconds === undefined ? '' : ` (${durationText(seconds)})`;
    write([`::group::${spelledOut(stage)}${took}`]);
    print([...dropped, ...group.lines]);
    write(['::endgroup::']);
  };

  const isDue = (stage: StageAddress, { done, total }: StageProgress): boolean => {
    const last = lastProgress.get(stage);
    if (last !== undefined && done !== total && now() - last < PROGRESS_EVERY) return false;
    lastProgress.set(stage, now());
    return true;
  };

  const lines = (event: RunEvent): string[] => {
    if (quiet && !QUIET.has(event.type)) return [];
    const text = eventLines(event, state, { paint, colour, verbose, reasons: false, nameWidth });
    if (event.type === 'start') {
      const again = event.attempt > 1 ? [`attempt ${event.attempt}`] : [];
      const why = [...again, describeReasons(event.reasons)].map((text) => paint('dim', text));
      return [
        [paint('blue', 'start'.padEnd(9)) + padTo(spelledOut(event.stage), nameWidth), ...why].join('  '),
      ];
    }
    return text;
  };

  return {
    event(event) {
      track(state, event, now());
      if (event.type === 'output' && !quiet) printed(event.stage, outputLine(event, colour));
      if (event.type === 'progress' && !quiet && isDue(event.stage, event.progress)) {
        printed(event.stage, progressText(event.progress));
      }
      if (event.type === 'fetch' && !quiet && isDue(event.stage, event.objects)) {
        const { since } = state.fetching.get(event.stage)!;
        printed(event.stage, fetchText({ ...event, seconds: now() - since }));
      }
      if (event.type === 'ran' || event.type === 'failed') closeGroup(event.stage, event.seconds);
      // One that had begun, and was stopped.
      if (event.type === 'skipped') closeGroup(event.stage);
      print(lines(event));
      if (github && event.type === 'failed') write([annotationOf(event.problem)]);
      if (event.type === 'run-end')
        print(summaryLines(state, { paint, colour, quiet, folder: options.folder }));
    },
    end() {},
  };
}

/** One line of what a stage printed; `…` where a long one goes on in the next. */
export const outputLine = ({ line, more }: Extract<RunEvent, { type: 'output' }>, colour: boolean): string =>
  printedLine(more ? `${line}…` : line.trimEnd(), colour);
