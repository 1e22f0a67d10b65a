// The descriptions of runs, Markdown that MLflow shows above their values.
import type { Ranked } from '../measure/selection.ts';
import { params } from './values.ts';

/** A table of names and values. */
export function settings(values: object): string {
  const rows = Object.entries(params(values)).map(([name, value]) => `| ${name} | ${value || ' '} |`);
  return ['| parameter | value |', '|---|---|', ...rows].join('\n');
}

/** Of the run of a configuration, above its folds. */
export function configurationText(ranked: Ranked, competitors: number): string {
  const { configuration, folds, rank, noise_name: level, chosen, unfinished_folds: unfinished } = ranked;
  const result = `Validation loss ${lossText(ranked)} (mean ± deviation of ${folds.length} folds): rank ${rank} of ${competitors} at σ ${level}${chosen ? ', **chosen**' : ''}.`;
  const doubt = unfinished > 0 ? ` Training was not finished in ${unfinished} of them.` : '';
  return `${result}${doubt}\n\n${settings(configuration)}`;
}

/** Of the run that has report, tables and figures. @param chosen by noise level */
export function overallText(chosen: readonly Ranked[], dataset: string): string {
  const rows = chosen.map(
    (ranked) => `| ${ranked.noise_name} | ${ranked.name} | ${lossText(ranked)} | ${ranked.epochs} |`,
  );
  return [
    `Report, tables, figures and selection of the whole experiment on ${dataset}.`,
    '',
    '| σ | chosen configuration | validation loss | epochs of the final model |',
    '|---|---|---|---|',
    ...rows,
  ].join('\n');
}

const lossText = ({ mean_val_loss: mean, std_val_loss: std }: Ranked): string =>
  `${mean.toFixed(5)} ± ${std.toFixed(5)}`;
