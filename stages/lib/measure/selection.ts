// The choice of a configuration by its mean validation loss over the folds, and the files that hold it.
import { StageError } from '../stage/fail.ts';
import { readJson } from '../stage/files.ts';
import { foldDifference, standardError, type FoldDifference } from './fold-difference.ts';
import { deviation, mean } from './spread.ts';
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
  /** Mean over the folds, rounded. */
  readonly training_images: number;
  /** Over the folds; std as NumPy's default, over n. */
  readonly mean_val_loss: number;
  readonly std_val_loss: number;
  readonly mean_val_ssim: number;
  readonly std_val_ssim: number;
  /** Epochs for a training without validation: the mean of the folds' best ones, rounded. */
  readonly epochs: number;
  readonly folds: readonly FoldResult[];
  /** Folds whose best epoch is the last one allowed: their training was not finished. */
  readonly unfinished_folds: number;
  /** To the configuration with the lowest mean loss of the level. */
  readonly difference: FoldDifference;
  readonly chosen: boolean;
};

/** `one_standard_error`: the smallest model whose mean loss is at most one standard error above the lowest (Breiman et al., 1984). */
export const RULES = ['lowest', 'one_standard_error'] as const;
export type Rule = (typeof RULES)[number];

/**
 * Groups runs by configuration and ranks those of each noise level. Levels do not compete: a loss at σ 0.3 and one at 0.8 are not
 * like for like.
 * @returns by noise level, then by rank
 * @throws StageError where a configuration has other folds than the first one
 */
export function rankConfigurations(runs: readonly Run[], rule: Rule = 'lowest'): readonly Ranked[] {
  const groups = Map.groupBy(runs, ({ configuration }) => JSON.stringify(configuration));
  const ranked = [...groups.values()].map(summarise);
  const folds = ranked[0]?.folds.map(({ fold }) => fold).join(', ');
  for (const { name, folds: own } of ranked) {
    const found = own.map(({ fold }) => fold).join(', ');
    if (found !== folds)
      throw new StageError(`configuration ${name} has folds ${found}, ${ranked[0]!.name} has ${folds}`);
  }
  const levels = Map.groupBy(ranked, ({ configuration }) => configuration.noise_level);
  return [...levels].toSorted(([a], [b]) => a - b).flatMap(([, level]) => rankLevel(level, rule));
}

function rankLevel(level: readonly Summary[], rule: Rule): readonly Ranked[] {
  const sorted = level.toSorted((a, b) => a.mean_val_loss - b.mean_val_loss || byName(a.name, b.name));
  const best = sorted[0]!;
  const chosen = rule === 'lowest' ? best : smallestWithin(sorted);
  return sorted.map((entry, at) => ({
    ...entry,
    rank: at + 1,
    difference: foldDifference(lossesOf(entry), lossesOf(best)),
    chosen: entry === chosen,
  }));
}

/** @param sorted by their losses; the first of equally small ones is taken */
function smallestWithin(sorted: readonly Summary[]): Summary {
  const best = sorted[0]!;
  const losses = lossesOf(best);
  const limit = best.mean_val_loss + (losses.length < 2 ? 0 : standardError(losses));
  return sorted
    .filter(({ mean_val_loss }) => mean_val_loss <= limit)
    .reduce((smallest, entry) => (entry.parameters < smallest.parameters ? entry : smallest));
}

const lossesOf = ({ folds }: Summary): readonly number[] => folds.map(({ best_val_loss }) => best_val_loss);

/** Of the chosen ones that with the lowest mean validation loss of all levels: in practice one of the lowest noise level. */
export function bestOverall(ranked: readonly Ranked[]): Ranked {
  const chosen = ranked.filter((entry) => entry.chosen);
  return chosen.reduce((best, entry) => (entry.mean_val_loss < best.mean_val_loss ? entry : best));
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

/** Of one configuration. */
type Summary = Omit<Ranked, 'rank' | 'difference' | 'chosen'>;

function summarise(unsorted: readonly Run[]): Summary {
  const runs = unsorted.toSorted((a, b) => a.fold - b.fold);
  const first = runs[0]!;
  const losses = runs.map(({ best_val_loss }) => best_val_loss);
  const ssims = runs.map((run) => run.val_ssims[run.best_epoch - 1]!);
  const epochs = mean(runs.map(({ best_epoch }) => best_epoch));
  return {
    name: first.name,
    noise_name: first.noise_name,
    configuration: first.configuration,
    parameters: first.parameters,
    training_images: Math.round(mean(runs.map(({ training_images: images }) => images))),
    mean_val_loss: mean(losses),
    std_val_loss: deviation(losses),
    mean_val_ssim: mean(ssims),
    std_val_ssim: deviation(ssims),
    epochs: Math.max(1, Math.round(epochs)),
    unfinished_folds: runs.filter(({ best_epoch, configuration }) => best_epoch === configuration.epochs)
      .length,
    folds: runs.map(({ fold, best_epoch, best_val_loss }, at) => ({
      fold,
      best_epoch,
      best_val_loss,
      val_ssim: ssims[at]!,
    })),
  };
}
