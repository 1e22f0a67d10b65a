// The whole experiment as one run of a tracking record: what came out at each noise level, with report, tables, figures and selection.
import { readdirSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import type { DatasetInput, RecordedRun } from '@pipe-engine/mlflow/record';
import type { Ranked } from '../measure/selection.ts';
import { artifact } from './artifacts.ts';
import { overallText } from './descriptions.ts';
import { finalKey } from './test-runs.ts';
import { fingerprint, params, single } from './values.ts';

export interface OverallSources {
  readonly dataset: string;
  readonly inputs: readonly DatasetInput[];
  /** The chosen configuration of each noise level. */
  readonly chosen: readonly Ranked[];
  readonly configurations: number;
  /** The final models. */
  readonly finals: readonly RecordedRun[];
  /** Whose files are the artifacts, each folder under its own name: links between them stay right. */
  readonly folders: readonly string[];
  readonly context: Readonly<Record<string, string>>;
}

/** The values of a final model that the overall run shows too. */
const SHOWN = ['test_mse', 'test_mse_std', 'test_ssim', 'test_ssim_std', 'test_reading_accuracy'];

export function overallRun(sources: OverallSources): RecordedRun {
  const { dataset, chosen, finals, context, inputs } = sources;
  const artifacts = sources.folders.flatMap(filesBelow).map(([file, folder]) => artifact(file, folder));
  const parameters = params({
    dataset,
    noise_levels: chosen.map(({ noise_name }) => noise_name),
    configurations: sources.configurations,
    folds: chosen[0]!.folds.length,
    ...Object.fromEntries(chosen.map(({ name, noise_name }) => [`chosen_noise${noise_name}`, name])),
  });
  const time = Math.max(...finals.map(({ end }) => end));
  const values = chosen.map(({ noise_name: level, mean_val_loss, std_val_loss }) => {
    const { metrics } = finals.find(({ key }) => key === finalKey(level))!;
    const shown = SHOWN.flatMap((name): [string, number][] =>
      (metrics[name] ?? []).map(([, , value]) => [name, Number(value)]),
    );
    return under(level, { mean_val_loss, std_val_loss, ...Object.fromEntries(shown) });
  });
  return {
    key: 'overall',
    name: 'overall',
    status: 'FINISHED',
    start: time,
    end: time,
    undated: true,
    params: parameters,
    tags: { stage: 'report', fingerprint: fingerprint(parameters, artifacts) },
    context,
    metrics: single(Object.assign({}, ...values) as Record<string, number>, time),
    artifacts,
    inputs,
    description: overallText(chosen, dataset),
  };
}

/** Under names such as noise0.5/test_mse, which MLflow groups. */
const under = (level: string, values: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`noise${level}/${name}`, value]));

/** The files below a folder, and the folder in the run that each belongs to. */
function filesBelow(folder: string): [file: string, inRun: string][] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry): [string, string] => {
      const file = join(entry.parentPath, entry.name);
      const below = dirname(relative(folder, file)).split(sep).join('/');
      return [file, below === '.' ? basename(folder) : `${basename(folder)}/${below}`];
    })
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}
