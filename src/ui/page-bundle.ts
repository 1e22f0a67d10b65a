// The script and the style of the page, which the build keeps compressed.
import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';

/** The folder of built packages; defined by the build. */
declare const PIPE_PACKAGES: string | undefined;

const place = typeof PIPE_PACKAGES === 'string' ? PIPE_PACKAGES : '../../dist/packages';

export interface PageBundle {
  readonly script: string;
  readonly style: string;
}

export const pageBundle = (): PageBundle => ({ script: read('ui.js'), style: read('ui.css') });

/** What draws plots, which pages load when plots are looked at. */
export { pageScript as plotsScript } from '../show/plots/draw-bundle.ts';

const read = (name: string): string =>
  brotliDecompressSync(readFileSync(new URL(`${place}/${name}.br`, import.meta.url))).toString('utf8');
