// Templates that draw lines: `simple`; `linear` and `smooth`, whose lines a slider smooths.
import type { JsonObject } from '../json.ts';
import { anchor, BASE, BY_REVISION, CLOSE, marked, quantitative, SIZE, ZOOM } from './parts.ts';

const BY = { color: anchor('color'), strokeDash: anchor('stroke_dash') };

export const simple: JsonObject = {
  ...BASE,
  ...SIZE,
  params: ZOOM,
  mark: marked('line'),
  encoding: {
    x: quantitative('x'),
    y: quantitative('y', CLOSE),
    ...BY,
    tooltip: anchor('tooltip'),
  },
};

const STEP = 0.001;
const slider: JsonObject = {
  name: 'smooth',
  value: STEP,
  bind: { input: 'range', min: STEP, max: 1, step: STEP },
};

const smoothed: JsonObject = {
  transform: [
    {
      loess: anchor('y'),
      on: anchor('x'),
      groupby: anchor('group_by'),
      bandwidth: { signal: 'smooth' },
    },
  ],
  encoding: { y: quantitative('y', CLOSE), color: BY_REVISION },
  layer: [
    { params: ZOOM, mark: 'line' },
    { transform: [{ filter: { param: 'hover', empty: false } }], mark: 'point' },
  ],
};

const unsmoothed: JsonObject = {
  mark: { type: 'line', opacity: 0.2 },
  encoding: { x: quantitative('x'), y: quantitative('y', CLOSE), color: BY_REVISION },
};

const lastPoint: JsonObject = {
  mark: { type: 'circle', size: 10 },
  encoding: {
    x: quantitative('x', { aggregate: 'max' }),
    y: quantitative('y', { aggregate: { argmax: anchor('x') }, ...CLOSE }),
    color: BY_REVISION,
  },
};

/** Shows the values of all lines at the x that is nearest to the pointer. */
const rule: JsonObject = {
  transform: [
    { calculate: anchor('pivot_field'), as: 'pivot_field' },
    { pivot: 'pivot_field', op: 'mean', value: anchor('y'), groupby: [anchor('x')] },
  ],
  mark: { ...marked('rule'), stroke: 'grey' },
  encoding: { opacity: { condition: { value: 0.3, param: 'hover', empty: false }, value: 0 } },
  params: [
    {
      name: 'hover',
      select: {
        type: 'point',
        fields: [anchor('x')],
        nearest: true,
        on: 'mouseover',
        clear: 'mouseout',
      },
    },
  ],
};

export const smooth: JsonObject = {
  ...BASE,
  ...SIZE,
  params: [slider],
  encoding: { x: quantitative('x'), ...BY },
  layer: [smoothed, unsmoothed, lastPoint, rule],
};
