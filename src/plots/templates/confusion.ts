// Confusion matrices: how often each pair of values occurs; `confusion_normalized` shows shares of each row.
import type { Json, JsonObject } from '../json.ts';
import { anchor, axis, BASE, SIZE } from './parts.ts';

/** What differs between the two. */
interface Matrix {
  /** Of the page, not of one matrix. */
  readonly top: JsonObject;
  /** Groups in which a value of x that a row lacks counts as 0. */
  readonly rows: Json;
  readonly transform: readonly Json[];
  /** The field whose value colours a cell. */
  readonly colour: { readonly field: string; readonly scale: JsonObject };
  readonly format: JsonObject;
  /** The share that decides whether a text is white. */
  readonly share: string;
  readonly text: JsonObject;
}

const filled = (groupby: Json, key: 'x' | 'y'): JsonObject => ({
  impute: 'xy_count',
  groupby,
  key: anchor(key),
  value: 0,
});

const nominal = { type: 'nominal' } as const;

function matrix({ top, rows, transform, colour, format, share, text }: Matrix): JsonObject {
  const { field, scale } = colour;
  const cells: JsonObject = {
    mark: 'rect',
    ...SIZE,
    encoding: { color: { field, type: 'quantitative', title: '', scale } },
  };
  // In the words of Vega-Lite 4, as in DVC.
  const pointed: JsonObject = {
    selection: {
      label: {
        type: 'single',
        on: 'mouseover',
        encodings: ['x', 'y'],
        empty: 'none',
        clear: 'mouseout',
      },
    },
    mark: 'rect',
    encoding: {
      tooltip: [
        { field: anchor('x'), ...nominal },
        { field: anchor('y'), ...nominal },
        { field, type: 'quantitative', ...format },
      ],
      opacity: { condition: { selection: 'label', value: 1 }, value: 0 },
    },
  };
  const highlight: JsonObject = {
    transform: [{ filter: { selection: 'label' } }],
    layer: [{ mark: { type: 'rect', color: 'lightpink' } }],
  };
  const texts: JsonObject = {
    mark: 'text',
    encoding: {
      ...text,
      color: { condition: { test: `datum.${share} > 0.5`, value: 'white' }, value: 'black' },
    },
  };
  const axes = { ...nominal, sort: 'ascending' };
  return {
    ...BASE,
    facet: { column: { field: 'rev', sort: [] }, row: anchor('row') },
    ...top,
    spec: {
      transform: [
        {
          aggregate: [{ op: 'count', as: 'xy_count' }],
          groupby: [anchor('y'), anchor('x')],
        },
        filled(rows, 'x'),
        filled(anchor('group_by_x'), 'y'),
        ...transform,
      ],
      encoding: { x: axis('x', axes), y: axis('y', axes) },
      layer: [cells, pointed, highlight, texts],
    },
  };
}

export const confusion = matrix({
  top: { params: [{ name: 'showValues', bind: { input: 'checkbox' } }] },
  rows: anchor('group_by_y'),
  transform: [
    { joinaggregate: [{ op: 'max', field: 'xy_count', as: 'max_count' }], groupby: [] },
    { calculate: 'datum.xy_count / datum.max_count', as: 'percent_of_max' },
  ],
  colour: { field: 'xy_count', scale: { domainMin: 0, nice: true } },
  format: {},
  share: 'percent_of_max',
  text: {
    text: { condition: { param: 'showValues', field: 'xy_count', type: 'quantitative' } },
  },
});

export const confusionNormalized = matrix({
  top: {},
  rows: ['rev', anchor('y')],
  transform: [
    { joinaggregate: [{ op: 'sum', field: 'xy_count', as: 'sum_y' }], groupby: [anchor('y')] },
    { calculate: 'datum.xy_count / datum.sum_y', as: 'percent_of_y' },
  ],
  colour: { field: 'percent_of_y', scale: { domain: [0, 1] } },
  format: { format: '.2f' },
  share: 'percent_of_y',
  text: {},
});
