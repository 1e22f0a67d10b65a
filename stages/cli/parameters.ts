// The experiment's parameter files, read to print them and to see what the user chose. pipe reads them itself and reports mistakes in
// them.
import { readFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { parse } from 'yaml';

/** The parameters of the full experiment, which every other file overrides. Relative to the root. */
export const FULL = 'Data/autoencoder/params/denoising_params.yaml';

export interface Parameters {
  /** As pipe merges them: those of the full experiment, overridden by the file. */
  readonly all: Values;
  /** What the file itself says. */
  readonly own: Values;
  /** Those of the full experiment. */
  readonly full: Values;
}

export interface Values {
  readonly [key: string]: unknown;
}

/** @param file relative to the root */
export function readParameters(root: string, file: string): Parameters {
  const own = readValues(join(root, file));
  if (file === FULL) return { own, all: own, full: own };
  const full = readValues(join(root, FULL));
  return { own, all: merged(full, own), full };
}

/** A value by its name with dots, such as `base.backend`. */
export function valueAt(values: Values, name: string): unknown {
  let found: unknown = values;
  for (const key of name.split('.')) found = isValues(found) ? found[key] : undefined;
  return found;
}

/** Values as they are after the arguments of `-S`. */
export function withAssignments(values: Values, words: readonly string[]): Values {
  return assignments(words).reduce<Values>((result, { name, value }) => {
    const nested = name.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
    return merged(result, nested as Values);
  }, values);
}

export interface Assignment {
  readonly name: string;
  /** Undefined where the key is taken out. */
  readonly value: unknown;
}

/** `grid.latent_dim=[8]`, `+grid.model=[unet]` and `~grid.latent_dim` among the arguments of `-S`. */
export function assignments(words: readonly string[]): readonly Assignment[] {
  return words.flatMap((word): Assignment[] => {
    const text = word.replace(/^(?:-S|--set=)/, '');
    const [, name, value] = /^\+{0,2}(\w+(?:\.\w+)+)=(.*)$/s.exec(text) ?? [];
    if (name !== undefined) return [{ name, value: parse(value!) as unknown }];
    const [, dropped] = /^~(\w+(?:\.\w+)+)$/.exec(text) ?? [];
    return dropped === undefined ? [] : [{ name: dropped, value: undefined }];
  });
}

/** A file as given on the command line → relative to the root. */
export const fromRoot = (root: string, file: string): string => relative(root, resolve(file));

/** The options of `pipe` for a parameter file. Every file but the full experiment's has a lock file of its own. */
export function pipelineFlags(file: string): readonly string[] {
  if (file === FULL) return [];
  return ['--params', file, '--lock', `cache/${nameOf(file)}.lock`];
}

/** `Data/autoencoder/params/quickstart_params.yaml` → `quickstart` */
export const nameOf = (file: string): string =>
  basename(file)
    .replace(/\.ya?ml$/, '')
    .replace(/_params$/, '');

/** Empty where the file cannot be read or holds no mapping. */
function readValues(path: string): Values {
  try {
    const values: unknown = parse(readFileSync(path, 'utf8'));
    return isValues(values) ? values : {};
  } catch {
    return {};
  }
}

function merged(below: Values, above: Values): Values {
  const result: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const old = result[key];
    result[key] = isValues(old) && isValues(value) ? merged(old, value) : value;
  }
  return result;
}

export const isValues = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
