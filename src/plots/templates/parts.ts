// What the built-in templates have in common: DVC's anchors, which a plot's data and names replace, and axes.
import type { Json, JsonObject } from '../json.ts';

export type AnchorName = (typeof ANCHORS)[number];

/** The anchors of DVC's documentation; a template must have `data`. */
export const ANCHORS = [
  'color',
  'column',
  'data',
  'group_by',
  'group_by_x',
  'group_by_y',
  'pivot_field',
  'plot_height',
  'plot_width',
  'row',
  'shape',
  'stroke_dash',
  'title',
  'tooltip',
  'x',
  'x_label',
  'y',
  'y_label',
  'zoom_and_pan',
] as const;

export const anchor = (name: AnchorName): string => `<DVC_METRIC_${name.toUpperCase()}>`;

/** The start of every specification. */
export const BASE = {
  $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
  data: { values: anchor('data') },
  title: { text: anchor('title'), anchor: 'middle' },
} as const;

export const SIZE = { width: anchor('plot_width'), height: anchor('plot_height') } as const;

export const ZOOM = [anchor('zoom_and_pan')] as const;

/** The data is shown under the pointer. */
export const marked = (type: string): JsonObject => ({ type, tooltip: { content: 'data' } });

export function axis(name: 'x' | 'y', more: JsonObject = {}): JsonObject {
  return { field: anchor(name), title: anchor(`${name}_label`), ...more };
}

export const quantitative = (name: 'x' | 'y', more: JsonObject = {}): JsonObject =>
  axis(name, { type: 'quantitative', ...more });

/** An axis that shows differences, not the distance to zero. */
export const CLOSE = { scale: { zero: false } } as const;

export const BY_REVISION: Json = { field: 'rev', type: 'nominal' };
