// The bottom lines of a terminal that change in place, below lines that scroll away above them. Everything of a frame is
// one write, bracketed as a synchronised update, and lines are overwritten rather than cleared first: no flicker.
import type { Output } from './output.ts';
import { safeOutput } from '../text/spell-out.ts';
import { textWidth } from '../text/text-width.ts';

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const BEGIN_FRAME = '\u001b[?2026h';
const END_FRAME = '\u001b[?2026l';
// A terminal may already be narrower than its last known size: it cuts long lines off, instead of wrapping them into lines
// that are not counted.
const NO_WRAP = '\u001b[?7l';
const WRAP = '\u001b[?7h';
const CLEAR_LINE = '\u001b[K';
const UP = '\u001b[1A';
const CLEAR_BELOW = '\u001b[J';

export interface Screen {
  /** Writes lines that stay, then the live lines below them; none of the live ones may be wider than the terminal. */
  frame(scrolled: readonly string[], live: readonly string[]): void;
  /** Removes the live lines and shows the cursor again. */
  close(scrolled: readonly string[]): void;
}

/** @param stream is written to directly: lines pass `safeOutput` here, what moves the cursor does not. */
export function makeScreen(stream: Output, colour: boolean): Screen {
  let live: readonly string[] = [];
  let hidden = false;

  /** To the first column of the first live line, wherever a change of the size has moved the lines. */
  const toTop = (): string => {
    const columns = stream.columns || 80;
    const rows = live.reduce((sum, line) => sum + Math.max(1, Math.ceil(textWidth(line) / columns)), 0);
    return rows > 1 ? `\r\u001b[${rows - 1}A` : '\r';
  };

  // What scrolls away is written over what moved, line by line. Clearing the screen first would flicker, and tmux keeps a
  // copy of what is cleared from the first row on.
  const above = (scrolled: readonly string[]): string =>
    scrolled.map((line) => `${safeOutput(line, colour)}${CLEAR_LINE}\n`).join('');

  return {
    frame(scrolled, lines) {
      const next = lines.map((line) => safeOutput(line, colour));
      const top = live.length > 0 ? toTop() : '';
      const cursor = hidden || next.length === 0 ? '' : HIDE_CURSOR;
      const below = NO_WRAP + next.map((line) => line + CLEAR_LINE).join('\n') + WRAP;
      hidden ||= next.length > 0;
      live = next;
      stream.write(BEGIN_FRAME + cursor + top + above(scrolled) + below + CLEAR_BELOW + END_FRAME);
    },
    close(scrolled) {
      if (live.length === 0 && !hidden && scrolled.length === 0) return;
      const top = live.length > 0 ? toTop() : '';
      const rest =
        live.length === 0 ? '' : scrolled.length > 0 ? CLEAR_BELOW : `${CLEAR_LINE}\n${CLEAR_BELOW}${UP}`;
      const cursor = hidden ? SHOW_CURSOR : '';
      live = [];
      hidden = false;
      stream.write(top + above(scrolled) + rest + cursor);
    },
  };
}
