// The templates that every project has, under DVC's names and in its order.
import type { JsonObject } from '../json.ts';
import { barHorizontal, barHorizontalSorted } from './bars.ts';
import { confusion, confusionNormalized } from './confusion.ts';
import { simple, smooth } from './lines.ts';
import { scatter, scatterJitter } from './points.ts';

export const BUILT_IN: ReadonlyMap<string, JsonObject> = new Map([
  ['simple', simple],
  ['linear', smooth],
  ['confusion', confusion],
  ['confusion_normalized', confusionNormalized],
  ['scatter', scatter],
  ['scatter_jitter', scatterJitter],
  ['smooth', smooth],
  ['bar_horizontal_sorted', barHorizontalSorted],
  ['bar_horizontal', barHorizontal],
]);

/** Where a plot names none. */
export const DEFAULT_TEMPLATE = 'linear';
