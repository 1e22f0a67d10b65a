// The methods that are compared on the test set, with their names and results: one list for tables, figures and the report.
import { MODEL_NAMES } from '../model/architecture.ts';
import { settingsText, type Rival } from '../rivals/rivals.ts';
import type { Quality } from './metrics.ts';
import type { TestLevel } from './results.ts';
import { METHODS, type Method } from './test-metrics.ts';

/** Of a method's marks in figures: its colour. */
export type Kind = 'noisy' | 'gaussian' | 'median' | 'tv' | 'nlm' | 'linear' | 'model';

export interface Measures extends Quality {
  readonly reading_accuracy: number;
}

export interface MethodResult extends Measures {
  readonly method: Method;
  readonly name: string;
  /** For narrow places. */
  readonly short: string;
  readonly kind: Kind;
  /** Of a filter, such as `sigma 0.8`. */
  readonly settings: string;
  /** Over the final models; only theirs differ from training to training. */
  readonly std?: Measures;
}

const NAMES: { readonly [rival in Rival]: readonly [name: string, short: string] } = {
  noisy: ['Noisy input', 'Noisy'],
  gaussian: ['Gaussian filter', 'Gaussian'],
  median: ['Median filter', 'Median'],
  tv: ['Total variation', 'TV'],
  nlm: ['Non-local means', 'NLM'],
  linear: ['Learned filter', 'Linear'],
};

/** From the simplest on. */
export function methodsOf(level: TestLevel): readonly MethodResult[] {
  return METHODS.map((method): MethodResult => {
    const reading_accuracy = level.reading[method];
    if (method === 'model') {
      const name = modelName(level);
      const std = level.modelStd;
      return {
        method,
        name,
        short: name,
        kind: 'model',
        settings: '',
        ...level.model,
        reading_accuracy,
        std,
      };
    }
    const { filter, affine } = level.filters[method];
    const [name, short] = NAMES[filter.rival];
    const calibrated = affine === undefined ? '' : ' + calibration';
    return {
      method,
      name: `${name}${calibrated}`,
      short,
      kind: filter.rival,
      settings: settingsText(filter),
      ...level.baseline[method],
      reading_accuracy,
    };
  });
}

/** What figures show: the noisy input, each rival with its calibration, and the model. */
export function drawnMethodsOf(level: TestLevel): readonly MethodResult[] {
  return methodsOf(level).filter(
    ({ method, kind }) => method === 'noisy' || method === 'model' || (method !== kind && kind !== 'noisy'),
  );
}

/** The rival with the lowest squared error on the test set. */
export function strongestRival(level: TestLevel): MethodResult {
  const rivals = methodsOf(level).filter(({ method }) => method !== 'model');
  return rivals.reduce((best, rival) => (rival.mse < best.mse ? rival : best));
}

/** What the chosen model of a level is called. */
export function modelName({ chosen }: TestLevel): string {
  return MODEL_NAMES[chosen.configuration.model];
}
