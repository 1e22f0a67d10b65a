// The choice of a configuration by its mean validation loss over the folds, and the files that hold it.
import { StageError } from '../stage/fail.ts';
import { readJson } from '../stage/files.ts';
import { byName, type Configuration, type Run } from './training-metrics.ts';

export type FoldResult = {
  readonly fold: number;
  readonly best_epoch: number;
  readonly best_val_loss: number;
  /** SSIM on the validation images after the best epoch. */
  readonly val_ssim: number;
};

export type Ranked = {
  readonly name: string;
  /** Among the configurations of the same noise level, from 1. */
  readonly rank: number;
  readonly noise_name: string;
  readonly configuration: Configuration;
  readonly parameters: number;
  /** Over the folds; std as NumPy's default, over n. */
  readonly mean_val_loss: number;
  readonly std_val_loss: number;
  readonly mean_val_ssim: number;
  readonly std_val_ssim: number;
  /** Epochs for a training without validation: the mean of the folds' best ones, rounded. */
  readonly epochs: number;
  readonly folds: readonly FoldResult[];
};

/**
 * Groups runs by configuration and ranks those of each noise level. Levels do not compete: a loss at σ 0.3 and one at 0.8 are not
 * like for like.
 * @returns by noise level, then by rank
 * @throws StageError where a configuration has other folds than the first one
 */
export function rankConfigurations(runs: readonly Run[]): readonly Ranked[] {
  const groups = Map.groupBy(runs, ({ configuration }) => JSON.stringify(configuration));
  const ranked = [...groups.values()].map(summarise);
  const folds = ranked[0]?.folds.map(({ fold }) => fold).join(', ');
  for (const { name, folds: own } of ranked) {
    const found = own.map(({ fold }) => fold).join(', ');
    if (found !== folds)
      throw new StageError(`configuration ${name} has folds ${found}, ${ranked[0]!.name} has ${folds}`);
  }
  ranked.sort(
    (a, b) =>
      a.configuration.noise_level - b.configuration.noise_level ||
      a.mean_val_loss - b.mean_val_loss ||
      byName(a.name, b.name),
  );
  const seen = new Map<number, number>();
  return ranked.map((entry) => {
    const rank = (seen.get(entry.configuration.noise_level) ?? 0) + 1;
    seen.set(entry.configuration.noise_level, rank);
    return { ...entry, rank };
  });
}

/** The lowest mean validation loss of all levels: in practice one of the lowest noise level. */
export function bestOverall(ranked: readonly Ranked[]): Ranked {
  return ranked.reduce((best, entry) => (entry.mean_val_loss < best.mean_val_loss ? entry : best));
}

/** @throws file error, or StageError */
export function readSelection(path: string): Ranked {
  const selection = readJson(path) as Ranked;
  if (selection.configuration === undefined) throw new StageError(`${path} is no selection`);
  return selection;
}

/** @throws StageError where the selection is that of another noise level */
export function checkLevel(
  { configuration, noise_name }: Ranked,
  level: { readonly value: number },
  path: string,
): void {
  if (configuration.noise_level !== level.value)
    throw new StageError(`${path} is the selection for σ ${noise_name}, not for ${level.value}`);
}

function summarise(unsorted: readonly Run[]): Ranked {
  const runs = unsorted.toSorted((a, b) => a.fold - b.fold);
  const first = runs[0]!;
  const losses = runs.map(({ best_val_loss }) => best_val_loss);
  const ssims = runs.map((run) => run.val_ssims[run.best_epoch - 1]!);
  const epochs = mean(runs.map(({ best_epoch }) => best_epoch));
  return {
    name: first.name,
    rank: 0,
    noise_name: first.noise_name,
    configuration: first.configuration,
    parameters: first.parameters,
    mean_val_loss: mean(losses),
    std_val_loss: deviation(losses),
    mean_val_ssim: mean(ssims),
    std_val_ssim: deviation(ssims),
    epochs: Math.max(1, Math.round(epochs)),
    folds: runs.map(({ fold, best_epoch, best_val_loss }, at) => ({
      fold,
      best_epoch,
      best_val_loss,
      val_ssim: ssims[at]!,
    })),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}
