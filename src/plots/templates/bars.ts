// Templates that draw bars: in the order of their names, or of their lengths.
import type { JsonObject } from '../json.ts';
import { anchor, axis, BASE, CLOSE, quantitative, SIZE, ZOOM } from './parts.ts';

const bars = (order: JsonObject): JsonObject => ({
  ...BASE,
  ...SIZE,
  mark: { type: 'bar' },
  params: ZOOM,
  encoding: {
    x: quantitative('x', CLOSE),
    y: axis('y', { type: 'nominal', ...order }),
    yOffset: { field: 'rev', sort: [] },
    color: anchor('color'),
    column: anchor('column'),
  },
});

export const barHorizontal = bars({});
export const barHorizontalSorted = bars({ sort: '-x' });
