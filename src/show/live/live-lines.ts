// The moving part of the terminal display: a line per running stage and one for the whole. Text from data; drawing it
// without flicker is the business of terminal-screen.ts.
import type { StageAddress } from '../../pipeline/stage.ts';
import { bytesText } from '../text/bytes-text.ts';
import { durationText } from '../text/duration-text.ts';
import { fetchText } from './transfer-line.ts';
import { jobStateText, stoppingText } from './event-lines.ts';
import type { Paint } from '../text/paint.ts';
import { progressText } from './progress-text.ts';
import { progressBar } from './progress-bar.ts';
import type { RunningStage, RunState } from './run-state.ts';
import { printedLine, spelledOut } from '../text/spell-out.ts';
import { cutTo, padTo, textWidth } from '../text/text-width.ts';

export interface LiveOptions {
  readonly paint: Paint;
  /** Of the terminal; no line is wider, nor are there more. */
  readonly columns: number;
  readonly rows: number;
  readonly now: number;
  readonly estimate: (stage: StageAddress) => number | undefined;
  /** Seconds that the rest of the run will take, if known. */
  readonly remaining: number | undefined;
}

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const STAGE_BAR = 12;
const WHOLE_BAR = 24;
const WIDEST_NAME = 40;

export function liveLines(state: RunState, options: LiveOptions): string[] {
  const { paint, now, columns } = options;
  if (state.waiting !== undefined)
    return [cutTo(`${spinner(now)} waiting for ${spelledOut(state.waiting)}`, columns)];
  const running = Array.from(state.running, ([stage, about]) => ({ stage, name: spelledOut(stage), about }));
  const room = Math.max(1, options.rows - 2);
  const shown = running.length > room ? running.slice(0, room - 1) : running;
  const hidden = running.length - shown.length;
  const width = Math.min(WIDEST_NAME, Math.max(0, ...shown.map(({ name }) => textWidth(name))));
  return [
    ...shown.map((one) => stageLine(one, width, options)),
    ...(hidden > 0 ? [paint('dim', `  and ${hidden} more`)] : []),
    ...fetchLines(state, options).slice(0, Math.max(0, room - shown.length)),
    wholeLine(state, options),
  ];
}

function fetchLines({ fetching }: RunState, { paint, now, columns }: LiveOptions): string[] {
  return Array.from(fetching, ([stage, { since, ...moved }]) =>
    cutTo(
      `${paint('cyan', spinner(now))} ${spelledOut(stage)}  ${fetchText({ ...moved, seconds: now - since })}`,
      columns,
    ),
  );
}

const spinner = (now: number): string => SPINNER[Math.floor(now * 10) % SPINNER.length]!;

interface ShownStage {
  readonly stage: StageAddress;
  /** Safe to show. */
  readonly name: string;
  readonly about: RunningStage;
}

function stageLine({ stage, name, about }: ShownStage, width: number, options: LiveOptions): string {
  const { paint, now, columns, estimate } = options;
  const elapsed = Math.max(0, now - about.since);
  const column = padTo(cutTo(name, width), width);
  // A line that changes in place shows no milliseconds.
  const time = durationText(Math.max(elapsed, 0.1)).padStart(6);
  const again = about.attempt > 1 ? `  attempt ${about.attempt}` : '';
  let used = 2 + width + 2 + textWidth(time) + again.length;
  if (used > columns) return cutTo(`${spinner(now)} ${name}`, columns);
  let line = `${paint('cyan', spinner(now))} ${column}  ${paint('dim', time)}${paint('yellow', again)}`;

  if (about.job?.state === 'queued') {
    const queued = `queued  ${jobStateText(about.job)}`;
    return used + 2 < columns ? `${line}  ${paint('dim', cutTo(queued, columns - used - 2))}` : line;
  }
  const share = shareOf(about, elapsed, estimate(stage));
  if (share && used + 2 + STAGE_BAR <= columns) {
    const { filled, empty } = progressBar(share.value, STAGE_BAR);
    line += `  ${paint(share.said ? 'green' : 'dim', filled)}${paint('dim', empty)}`;
    used += 2 + STAGE_BAR;
  }
  const detail = about.progress
    ? progressText(about.progress)
    : printedLine((about.lastLine ?? '').trimEnd(), false);
  if (detail !== '' && used + 2 < columns) line += `  ${paint('dim', cutTo(detail, columns - used - 2))}`;
  return line;
}

/** How far a stage is: what it says itself, else by the time that it took before. */
function shareOf(
  { progress }: RunningStage,
  elapsed: number,
  expected: number | undefined,
): { value: number; said: boolean } | undefined {
  if (progress?.total !== undefined && progress.total > 0)
    return { value: progress.done / progress.total, said: true };
  if (progress || expected === undefined || expected <= 0) return undefined;
  return { value: Math.min(elapsed / expected, 0.99), said: false };
}

function wholeLine(state: RunState, { paint, columns, remaining, now }: LiveOptions): string {
  const { total, done, running, failures, hashed, stopping } = state;
  if (stopping !== undefined) return paint('yellow', cutTo(stoppingText(stopping, running.size), columns));
  const pieces = [`${done.size}/${total} stages`];
  const queued = [...running.values()].filter(({ job }) => job?.state === 'queued').length;
  if (running.size > queued) pieces.push(`${running.size - queued} running`);
  if (queued > 0) pieces.push(`${queued} queued`);
  if (failures.length > 0) pieces.push(`${failures.length} failed`);
  if (running.size === 0 && hashed && hashed.bytes > 0) pieces.push(`hashed ${bytesText(hashed.bytes)}`);
  pieces.push(
    remaining === undefined
      ? `${durationText(Math.max(0, Math.round(now - state.since)))} so far`
      : `about ${durationText(Math.ceil(remaining))} left`,
  );
  while (pieces.length > 1 && textWidth(pieces.join(', ')) > columns) pieces.pop();
  const text = pieces.join(', ');
  const bar = Math.min(WHOLE_BAR, columns - textWidth(text) - 2);
  if (bar < 6) return cutTo(text, columns);
  const { filled, empty } = progressBar(total > 0 ? done.size / total : 0, bar);
  const style = failures.length > 0 ? 'red' : 'green';
  return `${paint(style, filled)}${paint('dim', empty)}  ${text}`;
}
