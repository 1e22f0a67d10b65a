// Learning curves: what a configuration reaches with some and with more training images, where the grid has several numbers of them
// (`train_on`), and a plain fit through the points.
import type { Ranked } from './selection.ts';
import { deviation, mean } from './spread.ts';

/** Values on the validation images, for each fold; std over n. */
export interface Spread {
  readonly folds: readonly number[];
  readonly mean: number;
  readonly std: number;
}

export interface CurvePoint {
  readonly images: number;
  readonly mse: Spread;
  readonly ssim: Spread;
  readonly entry: Ranked;
}

/** a · nᵇ: the straight line through the logarithms, by least squares. */
export interface PowerLaw {
  readonly a: number;
  readonly b: number;
}

/** Of one configuration but for its number of images. */
export interface LearningCurve {
  /** From few images to many; at least two. */
  readonly points: readonly CurvePoint[];
  readonly mse: PowerLaw;
  /** Of 1 − SSIM. */
  readonly dissimilarity: PowerLaw;
  /** What the fits come to at `images`, each fold's own fit apart: no measurement. */
  readonly reach: { readonly images: number; readonly mse: Spread; readonly ssim: Spread };
}

/** The fits are continued to so many times the largest number of images: from the slice's to those of the full experiment. */
const REACH = 5;

/** @param ranked of one noise level @returns empty where the number of images is the same everywhere */
export function learningCurves(ranked: readonly Ranked[]): readonly LearningCurve[] {
  const groups = Map.groupBy(ranked, ({ configuration }) =>
    JSON.stringify({ ...configuration, train_on: undefined }),
  );
  return [...groups.values()]
    .map((entries) => entries.map(pointOf).toSorted((one, other) => one.images - other.images))
    .filter((points) => new Set(points.map(({ images }) => images)).size > 1)
    .map(curveOf);
}

export const valueOf = ({ a, b }: PowerLaw, images: number): number => a * images ** b;

function pointOf(entry: Ranked): CurvePoint {
  return {
    images: entry.training_images,
    mse: spreadOf(entry.folds.map(({ best_val_loss: loss }) => loss)),
    ssim: spreadOf(entry.folds.map(({ val_ssim: ssim }) => ssim)),
    entry,
  };
}

function curveOf(points: readonly CurvePoint[]): LearningCurve {
  const images = REACH * points.at(-1)!.images;
  const fit = (value: (point: CurvePoint) => number): PowerLaw =>
    powerLaw(points.map((point) => [point.images, value(point)] as const));
  const folds = [...points[0]!.mse.folds.keys()];
  return {
    points,
    mse: fit(({ mse }) => mse.mean),
    dissimilarity: fit(({ ssim }) => 1 - ssim.mean),
    reach: {
      images,
      mse: spreadOf(
        folds.map((fold) =>
          valueOf(
            fit(({ mse }) => mse.folds[fold]!),
            images,
          ),
        ),
      ),
      ssim: spreadOf(
        folds.map(
          (fold) =>
            1 -
            valueOf(
              fit(({ ssim }) => 1 - ssim.folds[fold]!),
              images,
            ),
        ),
      ),
    },
  };
}

function powerLaw(points: readonly (readonly [images: number, value: number])[]): PowerLaw {
  const logs = points.map(([images, value]) => [Math.log(images), Math.log(value)] as const);
  const [x, y] = [mean(logs.map(([x]) => x)), mean(logs.map(([, y]) => y))];
  const b =
    mean(logs.map(([one, other]) => (one - x) * (other - y))) / mean(logs.map(([one]) => (one - x) ** 2));
  return { a: Math.exp(y - b * x), b };
}

function spreadOf(folds: readonly number[]): Spread {
  return { folds, mean: mean(folds), std: deviation(folds) };
}
