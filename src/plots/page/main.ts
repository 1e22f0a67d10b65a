// The script of the page, and the drawing of SVG files in Node: one bundle, with Vega in it.
import type { JsonObject } from '../json.ts';
import { modernSelections } from './modern-selections.ts';
import type { PageData } from './data.ts';
import { openPage } from './open-page.ts';
import { stillSpec } from './still.ts';
import { makeView } from './view.ts';

/** A file for light paper. @throws Error for a specification that cannot be drawn. */
export async function drawSvg(spec: JsonObject): Promise<string> {
  const view = makeView(stillSpec(modernSelections(spec)), {
    theme: 'light',
    background: 'white',
    renderer: 'none',
  });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

export { showPlots } from './open-page.ts';

const data = typeof document === 'undefined' ? null : document.getElementById('plots-data');
if (data) openPage(JSON.parse(data.textContent) as PageData);
