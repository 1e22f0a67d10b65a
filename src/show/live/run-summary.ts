// The end of a run in words: what failed and what that kept from running, then one line with the counts.
import { describeExit } from '../../run/event.ts';
import { durationText } from '../text/duration-text.ts';
import type { Paint, Style } from '../text/paint.ts';
import { problemText } from '../text/problem-text.ts';
import { victimsOf, type Failure, type RunState } from './run-state.ts';
import { printedLine, spelledOut } from '../text/spell-out.ts';

/** Lines of a failed stage's output that are worth repeating. */
const TAIL = 10;
const NAMES = 8;

export interface SummaryOptions {
  readonly paint: Paint;
  readonly colour: boolean;
  /** Failures only. */
  readonly quiet: boolean;
  /** Absolute; paths below it are shown relative to it. */
  readonly folder?: string | undefined;
}

/** Lines without their ends. @param state after its run ended. */
export function summaryLines(state: RunState, options: SummaryOptions): string[] {
  const failures = oncePerProblem(state.failures).flatMap((alike) => failureLines(alike, state, options));
  if (options.quiet && state.failures.length === 0) return [];
  return [
    ...failures,
    ...(failures.length > 0 ? [''] : []),
    ...interruptedLines(state, options.paint),
    lastLine(state, options.paint),
  ];
}

/** Stages that failed before they ran, all by the same problem (a server that cannot be reached), are one. */
function oncePerProblem(failures: readonly Failure[]): Failure[][] {
  const key = (failure: Failure): unknown =>
    failure.exit || failure.tail.length > 0 || failure.log !== undefined
      ? failure
      : JSON.stringify(failure.problem);
  return [...Map.groupBy(failures, key).values()];
}

/** @param alike at least one. */
function failureLines(
  alike: readonly Failure[],
  state: RunState,
  { paint, colour, folder }: SummaryOptions,
): string[] {
  const { problem, exit, tail, log } = alike[0]!;
  const lines = ['', ...problemText(problem, colour).split('\n')];
  if (exit && !problem.title.includes(describeExit(exit)))
    lines.push(`  ${paint('dim', 'exit')}  ${spelledOut(describeExit(exit))}`);
  for (const line of tail.slice(-TAIL))
    lines.push(`  ${paint('dim', '|')} ${printedLine(line.trimEnd(), colour)}`);
  if (log !== undefined) lines.push(`  ${paint('dim', 'log')}  ${spelledOut(relativeTo(folder, log))}`);
  const stages = alike.map(({ stage }) => stage);
  if (stages.length > 1) lines.push(`  ${paint('dim', 'failed')}  ${namesText(stages)}`);
  const victims = victimsOf(stages, state.skipped);
  if (victims.length > 0) lines.push(`  ${paint('dim', 'did not run')}  ${namesText(victims)}`);
  return lines;
}

/** After Ctrl-C: what was running, and what had not begun. */
function interruptedLines({ end, interrupted, skipped }: RunState, paint: Paint): string[] {
  if (end?.interrupted === undefined) return [];
  const waiting = [...skipped.keys()].filter((stage) => !interrupted.includes(stage));
  return [
    ...(interrupted.length > 0 ? [`${paint('magenta', 'interrupted')}  ${namesText(interrupted)}`] : []),
    ...(waiting.length > 0 ? [`${paint('magenta', 'not begun')}    ${namesText(waiting)}`] : []),
  ];
}

function relativeTo(folder: string | undefined, path: string): string {
  return folder !== undefined && path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path;
}

function namesText(names: readonly string[]): string {
  const more = names.length - NAMES;
  const shown = names.slice(0, more > 1 ? NAMES : names.length).map(spelledOut);
  return more > 1 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}

function lastLine(state: RunState, paint: Paint): string {
  const { seconds, counts, interrupted } = state.end!;
  if (state.dry) return dryLine(state, paint);
  const { ran, restored, fresh, failed, skipped } = counts;
  const took = durationText(seconds);
  if (ran + restored + failed + skipped === 0 && interrupted === undefined) {
    return `${paint('green', 'Everything is up to date.')} ${fresh} fresh, ${took}`;
  }
  const text = countsText(
    [
      [failed, 'failed', 'red'],
      [skipped, 'did not run', 'magenta'],
      [ran, 'ran', 'green'],
      [restored, 'restored', 'cyan'],
      [fresh, 'fresh', 'dim'],
    ],
    paint,
  );
  if (interrupted !== undefined) {
    return `${paint('red', `Ended by ${interrupted}.`)} ${text}, ${took}; the next run continues from here`;
  }
  return `${text}, ${took}`;
}

function dryLine({ decisions }: RunState, paint: Paint): string {
  const kinds = [...decisions.values()];
  const count = (kind: (typeof kinds)[number]): number => kinds.filter((other) => other === kind).length;
  const fresh = count('fresh');
  if (fresh === kinds.length) return `${paint('green', 'Everything is up to date.')} ${fresh} fresh`;
  return countsText(
    [
      [count('run'), 'to run', 'yellow'],
      [count('restore'), 'to restore', 'cyan'],
      [count('blocked'), 'that depend on their outputs', 'magenta'],
      [count('frozen'), 'frozen but stale', 'blue'],
      [fresh, 'fresh', 'dim'],
    ],
    paint,
  );
}

function countsText(counts: readonly (readonly [number, string, Style])[], paint: Paint): string {
  return counts
    .filter(([count]) => count > 0)
    .map(([count, label, style]) => paint(style, `${count} ${label}`))
    .join(', ');
}
