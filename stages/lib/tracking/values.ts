// Numbers and texts of the experiment in the forms of a tracking record.
import { createHash } from 'node:crypto';
import { metricValue, type Artifact, type Point } from '@pipe-engine/mlflow/record';

export type Metrics = Record<string, readonly Point[]>;

/** One value at one time, such as a result at the end. */
export function single(values: Readonly<Record<string, number | undefined>>, time: number): Metrics {
  return Object.fromEntries(
    Object.entries(values)
      .filter((entry): entry is [string, number] => entry[1] !== undefined)
      .map(([name, value]) => [name, [[0, time, metricValue(value)] as Point]]),
  );
}

/** A value per epoch; epochs count from 1. @param times of their ends */
export function history(values: readonly number[], times: readonly number[]): Point[] {
  return values.map((value, at) => [at + 1, times[at]!, metricValue(value)]);
}

/** What a training used of its machine, by epoch. */
export function systemHistory(
  samples: readonly Readonly<Record<string, number>>[],
  times: readonly number[],
): Metrics {
  const metrics: Record<string, Point[]> = {};
  for (const [at, sample] of samples.entries())
    for (const [name, value] of Object.entries(sample))
      (metrics[`system/${name}`] ??= []).push([at + 1, times[at]!, metricValue(value)]);
  return metrics;
}

/** Mean and standard deviation (over n, as in the selection) under the names mean_… and std_…. */
export function spread(values: Readonly<Record<string, readonly number[]>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values)
      .filter(([, numbers]) => numbers.length > 0)
      .flatMap(([name, numbers]) => {
        const mean = numbers.reduce((a, b) => a + b, 0) / numbers.length;
        const variance = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / numbers.length;
        return [
          [`mean_${name}`, mean],
          [`std_${name}`, Math.sqrt(variance)],
        ];
      }),
  );
}

/** Parameters as texts: a list as its values with commas between them. */
export function params(values: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(',') : String(value),
    ]),
  );
}

/** The same for runs with the same parameters and the same results, bit by bit. */
export function fingerprint(
  parameters: Readonly<Record<string, string>>,
  artifacts: readonly Artifact[],
): string {
  const content = [
    Object.entries(parameters).sort(byText),
    artifacts.map(({ path, sha256 }) => [path, sha256]).sort(byText),
  ];
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 16);
}

const byText = ([a]: readonly string[], [b]: readonly string[]): number => (a! < b! ? -1 : 1);

/** What a training ran with, as tags. */
export const means = ({
  backend,
  threads,
}: {
  readonly backend: string;
  readonly threads: number;
}): Record<string, string> => ({
  backend,
  device: backend.includes('gpu') ? 'gpu' : 'cpu',
  threads: String(threads),
});
