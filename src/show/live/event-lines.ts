// The lines that an event leaves behind for good, in the plain log and above the terminal display alike.
import type { StageAddress } from '../../pipeline/stage.ts';
import { SAVED_DAYS } from '../../cache/saved.ts';
import { shellQuote } from '../../base/shell-quote.ts';
import type { Decision, Reason } from '../../plan/decision.ts';
import { describeExit, type RunEvent, type SavedOf } from '../../run/event.ts';
import { durationText } from '../text/duration-text.ts';
import { jobText } from '../text/job-text.ts';
import type { Paint, Style } from '../text/paint.ts';
import { warningText } from '../text/problem-text.ts';
import { describeReasons } from '../status/reason-text.ts';
import type { RunState } from './run-state.ts';
import { spelledOut } from '../text/spell-out.ts';
import { cutTo, padTo, textWidth } from '../text/text-width.ts';
import { countText } from '../text/count-text.ts';

export interface LineOptions {
  readonly paint: Paint;
  readonly colour: boolean;
  /** Report fresh stages too. */
  readonly verbose: boolean;
  /** Print at the end of a stage why it ran, where its start is not printed. */
  readonly reasons: boolean;
  /** Columns for the names of stages, so that the text after them is aligned too. */
  readonly nameWidth: number;
  /** Columns that a line may take; reasons are cut to fit, nothing else. */
  readonly columns?: number;
}

/** `1 min 05 s`. */
const DURATION_WIDTH = 10;
const WIDEST_NAME = 40;
/** Reasons are never cut below this many columns. */
const SHORTEST = 20;
const UNCHANGED = 'outputs unchanged';

/** The width that the names of these stages ask for, within reason. */
export const nameWidthFor = (stages: readonly StageAddress[]): number =>
  stages.reduce((width, stage) => Math.min(WIDEST_NAME, Math.max(width, textWidth(spelledOut(stage)))), 0);

/** The column of verbs before the names. */
const VERB = 9;

/** Lines without their ends; none for what only a moving display shows. */
export function eventLines(event: RunEvent, state: RunState, options: LineOptions): string[] {
  const { paint, verbose, colour } = options;
  const line = (style: Style, verb: string, stage: string, ...details: readonly string[]): string =>
    [paint(style, verb.padEnd(VERB)) + padTo(spelledOut(stage), options.nameWidth), ...details]
      .filter((part) => part !== '')
      .join('  ')
      .trimEnd();
  const why = (reasons: readonly Reason[], stage: string, more: number): string => {
    const text = describeReasons(reasons);
    if (options.columns === undefined) return paint('dim', text);
    const used =
      VERB + Math.max(options.nameWidth, textWidth(spelledOut(stage))) + 2 + DURATION_WIDTH + 2 + more;
    return paint('dim', cutTo(text, Math.max(SHORTEST, options.columns - used)));
  };
  const took = (seconds: number): string =>
    durationText(seconds).padStart(options.nameWidth > 0 ? DURATION_WIDTH : 0);
  switch (event.type) {
    case 'waiting':
      return [`waiting for ${spelledOut(event.owner)}`];
    case 'vanished':
      return [
        line(
          'yellow',
          state.dry ? 'remove' : 'removed',
          event.path,
          `${spelledOut(event.stage)} no longer declares it`,
        ),
      ];
    case 'saved':
      return [line('yellow', 'saved', event.path, restoreHint(event))];
    case 'decided':
      return state.dry ? dryLine(event.stage, event.decision, line, verbose) : [];
    case 'fresh':
      return verbose ? [line('dim', 'fresh', event.stage)] : [];
    case 'restored':
      return [line('cyan', 'restored', event.stage, took(event.seconds), why(event.reasons, event.stage, 0))];
    case 'ran':
      return [
        line(
          'green',
          'ran',
          event.stage,
          took(event.seconds),
          options.reasons ? why(event.reasons, event.stage, event.unchanged ? UNCHANGED.length + 2 : 0) : '',
          event.unchanged ? paint('dim', UNCHANGED) : '',
        ),
      ];
    case 'failed':
      return [
        line(
          'red',
          'failed',
          event.stage,
          took(event.seconds),
          spelledOut(event.exit ? describeExit(event.exit) : event.problem.title),
        ),
      ];
    case 'skipped':
      return verbose ? [line('dim', 'skipped', event.stage, skippedText(event.because))] : [];
    case 'stopping':
      return [stoppingText(event.signal, state.running.size, event.grace)];
    case 'ignored':
      return [paint('dim', ignoredText(event.files))];
    case 'warning':
      return warningText(event.problem, colour).split('\n');
    case 'job':
      // A display that moves has it in the line of its stage.
      return verbose || (!options.reasons && event.reason === undefined)
        ? [line('dim', event.state, event.stage, jobStateText(event))]
        : [];
    case 'run-start':
    case 'work':
    case 'hash':
    case 'fetch':
    case 'start':
    case 'output':
    case 'progress':
    case 'run-end':
      return [];
  }
}

/** `job 12 on node3`, `job 12 (Resources)`. */
export const jobStateText = (event: Extract<RunEvent, { type: 'job' }>): string =>
  `${jobText(event)}${event.reason === undefined ? '' : ` (${spelledOut(event.reason)})`}`;

/** The command that restores saved content beside the output that replaced it. */
export function restoreHint({ path, id, files }: SavedOf): string {
  const what = files === undefined ? 'it' : `${countText(files, 'file')} of it`;
  const them = files === undefined || files === 1 ? 'it' : 'them';
  return `no stage made ${what}: \`pipe cache restore ${id} ${shellQuote(`${path}.saved`)}\` brings ${them} back (${SAVED_DAYS} days)`;
}

export const ignoredText = (files: readonly string[]): string =>
  `git ignores the new outputs: lines were added to ${files.slice(0, 3).map(spelledOut).join(', ')}${files.length > 3 ? ` and ${files.length - 3} more` : ''} (\`config: {gitignore: false}\` turns this off)`;

/** What happens after Ctrl-C, and how to speed it up. */
export function stoppingText(signal: string, running: number, grace?: number): string {
  if (running === 0) return `${signal}: stopping`;
  const limit = grace === undefined ? '' : ` (${durationText(grace)} at most)`;
  const again = signal === 'SIGINT' ? 'Ctrl-C' : signal;
  return `${signal}: waiting for ${countText(running, 'stage')} to end${limit}; ${again} again kills ${running === 1 ? 'it' : 'them'}`;
}

function skippedText(because: readonly StageAddress[]): string {
  if (because.length === 0) return 'the run was ended';
  return `needs ${because.slice(0, 3).map(spelledOut).join(', ')}${because.length > 3 ? `, +${because.length - 3} more` : ''}`;
}

function dryLine(
  stage: StageAddress,
  decision: Decision,
  line: (style: Style, verb: string, stage: string, ...details: readonly string[]) => string,
  verbose: boolean,
): string[] {
  switch (decision.kind) {
    case 'fresh':
      return verbose ? [line('dim', 'fresh', stage)] : [];
    case 'frozen':
      if (decision.reasons.length === 0) return verbose ? [line('dim', 'frozen', stage)] : [];
      return [line('blue', 'frozen', stage, describeReasons(decision.reasons))];
    case 'restore':
      return [line('cyan', 'restore', stage, describeReasons(decision.reasons))];
    case 'run':
      return [line('yellow', 'run', stage, describeReasons(decision.reasons))];
    case 'blocked':
      return [
        line(
          'magenta',
          'perhaps',
          stage,
          describeReasons(decision.reasons),
          `waits for ${causesText(decision.on)}`,
        ),
      ];
  }
}

function causesText(on: readonly StageAddress[]): string {
  const names = on.slice(0, 3).map(spelledOut).join(', ');
  return on.length > 3 ? `${names}, +${on.length - 3} more` : names;
}
