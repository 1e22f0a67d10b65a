// The data, trainings and results found here. pipe lists the paths; the stages' own formats define the content.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ListedStage } from './pipe.ts';

/** A line for each file of the data set. */
export function describeData(root: string, stages: readonly ListedStage[]): readonly string[] {
  const files = stages.filter(({ group }) => group === 'download').flatMap(({ outs }) => outs);
  return files.map(({ path }) => {
    const found = statSync(join(root, path), { throwIfNoEntry: false });
    return `${path}: ${found === undefined ? 'not here yet; the first run gets it' : megabytes(found.size)}`;
  });
}

/** How many trainings are done, where any is. */
export function describeProgress(root: string, stages: readonly ListedStage[]): readonly string[] {
  const trainings = stages.filter(({ group }) => group === 'train');
  const done = trainings.filter(({ outs }) => outs.every(({ path }) => existsSync(join(root, path))));
  return done.length === 0 ? [] : [`${done.length} of ${trainings.length} trainings done`];
}

interface Quality {
  readonly mse: number;
  readonly ssim: number;
}

/** The measures on the test set by noise level, and where the report is. */
export function describeResults(root: string, stages: readonly ListedStage[]): readonly string[] {
  const levels = stages
    .filter(({ group }) => group === 'evaluate')
    .flatMap(({ name }): string[] => {
      const level = name.slice('evaluate@'.length);
      const model = metricsOf(root, stages, name)?.['model'];
      if (!isQuality(model)) return [];
      const rivals = rivalsIn(metricsOf(root, stages, `baseline@${level}`) ?? {});
      const best = rivals.toSorted(([, a], [, b]) => a.mse - b.mse)[0];
      const beside = rivals
        .filter(([name]) => name === 'noisy' || name === best![0])
        .map(
          ([name, found]) =>
            `${name === 'noisy' ? 'noisy input' : `strongest rival ${name}`} ${measures(found)}`,
        );
      return [
        `σ ${level}: ${measures(model)}${beside.length > 0 ? ` (${beside.join('; ')})` : ''} on the test set`,
      ];
    });
  const files = [
    ['report', 'report.html'],
    ['best_model', 'best_model_final.safetensors'],
  ].flatMap(([name, file]) => {
    const outs = stages.find((stage) => stage.name === name)?.outs ?? [];
    return outs.filter(({ path }) => basename(path) === file && existsSync(join(root, path)));
  });
  return [...levels, ...files.map(({ path }) => path)];
}

function metricsOf(
  root: string,
  stages: readonly ListedStage[],
  name: string,
): Readonly<Record<string, unknown>> | undefined {
  const outs = stages.find((stage) => stage.name === name)?.outs ?? [];
  const path = outs.find((out) => basename(out.path) === 'metrics.json')?.path;
  if (path === undefined || !existsSync(join(root, path))) return undefined;
  try {
    return JSON.parse(readFileSync(join(root, path), 'utf8')) as Record<string, unknown>;
  } catch {
    // A run is writing it, or it was edited; the next run writes it again.
    return undefined;
  }
}

/** Beside them the file has counts. */
const rivalsIn = (
  metrics: Readonly<Record<string, unknown>>,
): (readonly [name: string, quality: Quality])[] =>
  Object.entries(metrics).flatMap(([name, value]) => (isQuality(value) ? [[name, value] as const] : []));

const isQuality = (value: unknown): value is Quality =>
  typeof value === 'object' && value !== null && 'mse' in value && 'ssim' in value;

const measures = ({ mse, ssim }: Quality): string => `MSE ${mse.toFixed(4)}, SSIM ${ssim.toFixed(3)}`;

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
