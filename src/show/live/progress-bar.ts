// A bar of a given width, filled to an eighth of a column.
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

export interface Bar {
  readonly filled: string;
  readonly empty: string;
}

/** @param share from 0 to 1; anything else is brought there. @param width columns. */
export function progressBar(share: number, width: number): Bar {
  const eighths = Math.round(Math.min(Math.max(Number.isFinite(share) ? share : 0, 0), 1) * width * 8);
  const filled = '█'.repeat(eighths >> 3) + EIGHTHS[eighths & 7]!;
  return { filled, empty: '░'.repeat(width - filled.length) };
}
