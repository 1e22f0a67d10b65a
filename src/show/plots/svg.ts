// Draws a plot as an SVG file.
import { PipeError } from '../../base/problem.ts';
import { spelledOut } from '../text/spell-out.ts';
import type { JsonObject } from '../../plots/json.ts';
import { loadDrawing } from './draw-bundle.ts';
import { plainNumbers } from './plots-json.ts';

/** @param name in messages. @throws PipeError for a template that cannot be drawn. */
export async function svgOf(name: string, spec: JsonObject): Promise<string> {
  // Vega knows only the numbers of JavaScript.
  const plain = JSON.parse(JSON.stringify(spec, plainNumbers)) as JsonObject;
  try {
    return `${await loadDrawing().drawSvg(plain)}\n`;
  } catch (error) {
    if (!(error instanceof Error) || 'code' in error) throw error;
    throw new PipeError({
      code: 'plot-template',
      title: `the plot '${name}' cannot be drawn: ${spelledOut(error.message)}`,
      hint: 'correct its template; `pipe plots templates simple` prints one that works',
    });
  }
}
