// The drawings of lines in the terminal, as it can show them.
import type { DrawnPlot } from '../../plots/draw-plots.ts';
import { plotsText } from '../../show/plots/plots-text.ts';
import { wantsColour } from '../../show/text/colour.ts';
import { painter } from '../../show/text/paint.ts';

/** Without a choice of the user's, more would fill the screen. */
const MOST = 4;

export function drawInTerminal(plots: readonly DrawnPlot[], targets: readonly string[]): string {
  const coloured = wantsColour(process.stdout);
  return plotsText(plots, {
    width: process.stdout.columns || 80,
    unicode: hasUnicode(process.env),
    coloured,
    paint: painter(coloured),
    ...(targets.length === 0 && { most: MOST }),
  });
}

/** The first of these that is set decides; POSIX. */
export function hasUnicode({ LC_ALL, LC_CTYPE, LANG, TERM }: NodeJS.ProcessEnv): boolean {
  const locale = [LC_ALL, LC_CTYPE, LANG].find(Boolean);
  return TERM !== 'dumb' && (locale === undefined || /utf-?8/i.test(locale));
}
