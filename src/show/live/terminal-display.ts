// A run on a terminal: what is finished scrolls by, what runs moves below it. Keeps no clock and no timer: whoever makes it
// calls `draw` as often as it should move.
import type { StageAddress } from '../../pipeline/stage.ts';
import { eventLines, nameWidthFor } from './event-lines.ts';
import { liveLines } from './live-lines.ts';
import { painter } from '../text/paint.ts';
import { outputLine } from './plain-log.ts';
import { remainingTime } from './remaining-time.ts';
import type { Output, Renderer } from './output.ts';
import { newRunState, track } from './run-state.ts';
import { summaryLines } from './run-summary.ts';
import { spelledOut } from '../text/spell-out.ts';
import { makeScreen } from './terminal-screen.ts';

/** Lines that wait for the next frame, at most. */
const MOST_WAITING = 500;

export interface TerminalDisplayOptions {
  readonly stream: Output;
  readonly verbose: boolean;
  readonly colour: boolean;
  readonly estimate: (stage: StageAddress) => number | undefined;
  readonly stages?: readonly StageAddress[];
  /** Absolute; paths below it are shown relative to it. */
  readonly folder?: string | undefined;
  readonly now: () => number;
}

export interface TerminalDisplay extends Renderer {
  /** Draws a frame. */
  readonly draw: () => void;
}

export function makeTerminalDisplay(options: TerminalDisplayOptions): TerminalDisplay {
  const { stream, verbose, colour, now } = options;
  const paint = painter(colour);
  const state = newRunState();
  const nameWidth = nameWidthFor(options.stages ?? []);
  const screen = makeScreen(stream, colour);
  /** Finished lines that the next frame takes along. */
  let scrolled: string[] = [];

  const draw = (): void => {
    if (state.end || (state.total === 0 && state.waiting === undefined)) return;
    // A terminal that does not know its size says 0.
    const columns = stream.columns || 80;
    const live = liveLines(state, {
      paint,
      // The last column stays free: some terminals go to the next line once it is written.
      columns: columns - 1,
      rows: stream.rows || 24,
      now: now(),
      estimate: options.estimate,
      remaining: remainingTime(state, options.stages ?? [], options.estimate, now()),
    });
    screen.frame(scrolled, live);
    scrolled = [];
  };
  const end = (): void => {
    screen.close(scrolled);
    scrolled = [];
  };

  return {
    event(event) {
      track(state, event, now());
      if (event.type === 'output' && verbose)
        scrolled.push(`${paint('dim', `${spelledOut(event.stage)} |`)} ${outputLine(event, colour)}`);
      // What the run waits for is a live line here.
      if (event.type !== 'waiting' && event.type !== 'stopping')
        scrolled.push(
          ...eventLines(event, state, {
            paint,
            colour,
            verbose,
            reasons: true,
            nameWidth,
            columns: (stream.columns || 80) - 1,
          }),
        );
      if (event.type === 'run-end') {
        scrolled.push(...summaryLines(state, { paint, colour, quiet: false, folder: options.folder }));
        end();
      }
      if (scrolled.length >= MOST_WAITING) draw();
    },
    draw,
    end,
  };
}
