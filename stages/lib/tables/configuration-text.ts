// The names of configurations in tables and figures: the parameters in which they differ.
import type { Ranked } from '../measure/selection.ts';

/** Short, to fit all of them in one line. The names of a model and of a schedule need no label. */
const NAMES: { readonly [key: string]: string } = {
  model: '',
  latent_dim: 'latent',
  learning_rate: 'rate',
  learning_rate_schedule: '',
  batch_size: 'batch',
  train_on: 'images',
};

/** Keys that differ between configurations, but for the noise level, which orders everything anyway. */
export function varyingKeys(ranked: readonly Ranked[]): readonly string[] {
  const [first] = ranked;
  const keys = Object.keys(first!.configuration).filter((key) => key !== 'noise_level');
  const varying = keys.filter((key) =>
    ranked.some((entry) => valueText(entry, key) !== valueText(first!, key)),
  );
  return varying.length > 0 ? varying : ['latent_dim', 'learning_rate'];
}

/** Lists with hyphens between their values. */
export function valueText({ configuration }: Ranked, key: string): string {
  const value = (configuration as { readonly [key: string]: unknown })[key];
  return Array.isArray(value) ? value.join('-') : String(value);
}

/** Such as `cdae · latent 64 · rate 0.001`. */
export function configurationText(entry: Ranked, keys: readonly string[]): string {
  return keys.map((key) => `${NAMES[key] ?? key} ${valueText(entry, key)}`.trim()).join(' · ');
}
