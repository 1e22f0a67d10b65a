// The script of pages, with Vega in it: the build keeps it compressed, and only drawing reads it.
import { readFileSync } from 'node:fs';
import { runInThisContext } from 'node:vm';
import { brotliDecompressSync } from 'node:zlib';
import type { JsonObject } from '../../plots/json.ts';

/** The folder of built packages; defined by the build. */
declare const PIPE_PACKAGES: string | undefined;

const place = typeof PIPE_PACKAGES === 'string' ? PIPE_PACKAGES : '../../../dist/packages';

/** What the script defines, as `pipePlots`. */
interface Drawing {
  /** @throws Error for a specification that cannot be drawn. */
  drawSvg(spec: JsonObject): Promise<string>;
}

let drawing: Drawing | undefined;

export const pageScript = (): string =>
  brotliDecompressSync(readFileSync(new URL(`${place}/plots.js.br`, import.meta.url))).toString('utf8');

export function loadDrawing(): Drawing {
  drawing ??= runInThisContext(`${pageScript()};pipePlots`, { filename: 'plots.js' }) as Drawing;
  return drawing;
}
