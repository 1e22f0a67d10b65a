// The bottom lines of a terminal that change in place, below lines that scroll away above them. Everything of a frame is
// one write, bracketed as a synchronised update, and lines are overwritten rather than cleared first: no flicker.
import type { Output } from './renderer.ts';
import { textWidth } from './text-width.ts';

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const BEGIN_FRAME = '\u001b[?2026h';
const END_FRAME = '\u001b[?2026l';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

export interface Screen {
  /** Writes lines that stay, then the live lines below them; none of the live ones may be wider than the terminal. */
  frame(scrolled: readonly string[], live: readonly string[]): void;
  /** Takes the live lines away and gives the cursor back. */
  close(scrolled: readonly string[]): void;
}

export function makeScreen(stream: Output): Screen {
  let live: readonly string[] = [];
  let hidden = false;

  /** To the first column of the first live line, wherever the lines have come to lie after a change of the size. */
  const toTop = (): string => {
    const columns = stream.columns ?? 80;
    const rows = live.reduce((sum, line) => sum + Math.max(1, Math.ceil(textWidth(line) / columns)), 0);
    return rows > 1 ? `\r\u001b[${rows - 1}A` : '\r';
  };

  return {
    frame(scrolled, next) {
      const top = live.length > 0 ? toTop() : '';
      const clear = scrolled.length > 0 && live.length > 0 ? CLEAR_BELOW : '';
      const above = scrolled.map((line) => `${line}${CLEAR_LINE}\n`).join('');
      const below = next.map((line) => line + CLEAR_LINE).join('\n');
      const cursor = hidden || next.length === 0 ? '' : HIDE_CURSOR;
      hidden ||= next.length > 0;
      live = next;
      stream.write(BEGIN_FRAME + cursor + top + clear + above + below + CLEAR_BELOW + END_FRAME);
    },
    close(scrolled) {
      const top = live.length > 0 ? toTop() + CLEAR_BELOW : '';
      live = [];
      const text = top + scrolled.map((line) => `${line}\n`).join('') + (hidden ? SHOW_CURSOR : '');
      hidden = false;
      if (text !== '') stream.write(text);
    },
  };
}
