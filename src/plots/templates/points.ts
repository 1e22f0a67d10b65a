// Templates that draw points: `scatter`, and `scatter_jitter` for classes, whose points would cover each other.
import type { JsonObject } from '../json.ts';
import { anchor, axis, BASE, marked, quantitative, SIZE, ZOOM } from './parts.ts';

const BY = { color: anchor('color'), shape: anchor('shape'), tooltip: anchor('tooltip') };

export const scatter: JsonObject = {
  ...BASE,
  ...SIZE,
  mark: marked('point'),
  params: ZOOM,
  encoding: { x: quantitative('x'), y: quantitative('y'), ...BY },
};

const AXES = ['X', 'Y'] as const;

export const scatterJitter: JsonObject = {
  ...BASE,
  ...SIZE,
  transform: AXES.map((name) => ({ calculate: 'random()', as: `random${name}` })),
  mark: marked('point'),
  encoding: {
    x: axis('x'),
    y: axis('y'),
    ...BY,
    ...Object.fromEntries(
      AXES.map((name) => [`${name.toLowerCase()}Offset`, { field: `random${name}`, type: 'quantitative' }]),
    ),
  },
};
