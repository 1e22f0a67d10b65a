// Whether two configurations can be distinguished by their validation losses: paired differences over the folds.
import { mean } from './spread.ts';

export type FoldDifference = {
  /** Of the validation losses, this configuration's less that of the best one. */
  readonly mean: number;
  /** Half the width of the 95 % interval (Student's t over the folds); null where there is one fold only. */
  readonly half_width: number | null;
  /** The interval leaves out zero. */
  readonly distinguished: boolean;
};

/** 97.5 % quantiles of Student's t for 1, 2, … degrees of freedom. */
const T = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
  2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045,
];
const NORMAL = 1.96;

/** @param losses,best one for each fold, in the same order */
export function foldDifference(losses: readonly number[], best: readonly number[]): FoldDifference {
  const differences = losses.map((loss, fold) => loss - best[fold]!);
  const middle = mean(differences);
  if (differences.length < 2) return { mean: middle, half_width: null, distinguished: false };
  const half_width = (T[differences.length - 2] ?? NORMAL) * standardError(differences);
  return { mean: middle, half_width, distinguished: Math.abs(middle) > half_width };
}

/** Of the mean; from the deviation over n − 1. */
export function standardError(values: readonly number[]): number {
  const middle = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}
