// The grid and the base values that a run will use: a parameter file's grid is the whole grid, its base fills what the grid leaves out, and
// the full experiment's values fill the rest.
import { assignments, isValues, type Parameters, type Values } from './parameters.ts';

export interface UsedGrid {
  /** Options of `pipe repro` that take keys out of the full experiment's grid, and add those that only the file's grid has. */
  readonly options: readonly string[];
  /** For people. */
  readonly lines: readonly string[];
}

/** Each noise level has its own data and models: it is always in the grid. */
const LEVEL = 'noise_level';

/** @param words the arguments after `--`; those of `-S` count as pipe reads them */
export function usedGrid({ own, all, full }: Parameters, words: readonly string[]): UsedGrid {
  const ownGrid = valuesOf(own, 'grid');
  const given = valuesOf(all, 'grid');
  const left = own === all || Object.keys(ownGrid).length === 0 ? [] : keysLeftOut(given, ownGrid);
  // Only a training parameter can be a new key of the grid: pipe reports anything else as unknown.
  const added = Object.keys(ownGrid).filter(
    (key) => !(key in valuesOf(full, 'grid')) && key in valuesOf(full, 'base'),
  );
  const assigned = assignments(words);
  const dropped = left.filter((key) => !assigned.some(({ name }) => name === `grid.${key}`));

  const grid: Record<string, unknown> = { ...given };
  for (const key of dropped) delete grid[key];
  const base: Record<string, unknown> = { ...valuesOf(all, 'base') };
  for (const { name, value } of assigned) {
    const [section, key] = name.split('.', 2) as [string, string | undefined];
    const target = section === 'grid' ? grid : section === 'base' ? base : undefined;
    if (target === undefined || key === undefined) continue;
    if (value === undefined) delete target[key];
    else target[key] = value;
  }
  const shadowed = Object.keys(grid).filter((key) => key in base);
  return {
    options: [
      ...dropped.flatMap((key) => ['-S', `~grid.${key}`]),
      ...added.flatMap((key) => ['-S', `+grid.${key}=${JSON.stringify(ownGrid[key])}`]),
    ],
    lines: [
      `grid  ${texts(grid)}`,
      `base  ${texts(base, shadowed)}`,
      ...shadowed
        .filter((key) => valuesOf(own, 'base')[key] !== undefined)
        .map((key) => `base.${key} ${text(base[key])} is not used: the grid has ${key}`),
    ],
  };
}

const keysLeftOut = (full: Values, own: Values): readonly string[] =>
  Object.keys(full).filter((key) => key !== LEVEL && own[key] === undefined);

const texts = (values: Values, without: readonly string[] = []): string =>
  Object.entries(values)
    .filter(([key]) => !without.includes(key))
    .map(([key, value]) => `${key} ${text(value)}`)
    .join(' · ');

const text = (value: unknown): string => (Array.isArray(value) ? value.join(', ') : String(value));

function valuesOf(values: Values, section: string): Values {
  const found = values[section];
  return isValues(found) ? found : {};
}
