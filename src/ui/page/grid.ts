// The members of a group as rows and columns over its axes. Data in, data out.
import type { StageView } from '../contract.ts';

export interface Axis {
  readonly name: string;
  /** Each once, in the order of the members. */
  readonly values: readonly string[];
}

export interface Grid {
  /** The axis from left to right; undefined for a single column. */
  readonly across: string | undefined;
  readonly down: readonly string[];
  readonly columns: readonly string[];
  readonly rows: readonly {
    readonly labels: readonly string[];
    readonly cells: readonly (StageView | undefined)[];
  }[];
}

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? '');

/** Those of which members differ: the others say nothing. */
export function axesOf(stages: readonly Pick<StageView, 'axes'>[]): Axis[] {
  const names = [...new Set(stages.flatMap(({ axes }) => Object.keys(axes)))];
  return names
    .map((name) => ({ name, values: [...new Set(stages.map(({ axes }) => textOf(axes[name])))] }))
    .filter(({ values }) => values.length > 1);
}

/** @param across the axis of the columns; default: the one with the fewest values that fill a row well. */
export function gridOf(stages: readonly StageView[], axes: readonly Axis[], across?: string): Grid {
  const chosen = axes.length > 1 ? (across ?? widest(axes)) : undefined;
  const down = axes.filter(({ name }) => name !== chosen).map(({ name }) => name);
  const columns = axes.find(({ name }) => name === chosen)?.values ?? [''];
  const rows = new Map<string, { labels: string[]; cells: (StageView | undefined)[] }[]>();
  for (const stage of stages) {
    const labels = down.length > 0 ? down.map((name) => textOf(stage.axes[name])) : [stage.name];
    const column = chosen === undefined ? 0 : columns.indexOf(textOf(stage.axes[chosen]));
    const key = JSON.stringify(labels);
    // Members that differ in nothing that is an axis get rows of their own.
    const same = rows.get(key) ?? [];
    let row = same.find(({ cells }) => cells[column] === undefined);
    if (!row) {
      row = { labels, cells: Array<StageView | undefined>(columns.length).fill(undefined) };
      rows.set(key, [...same, row]);
    }
    row.cells[column] = stage;
  }
  return {
    across: chosen,
    down: down.length > 0 ? down : ['stage'],
    columns,
    rows: [...rows.values()].flat(),
  };
}

/** As many columns as fit side by side, else the shortest axis. */
function widest(axes: readonly Axis[]): string {
  const fitting = axes.filter(({ values }) => values.length <= 12);
  const list = fitting.length > 0 ? fitting : axes;
  const lengths = list.map(({ values }) => values.length);
  const wanted = fitting.length > 0 ? Math.max(...lengths) : Math.min(...lengths);
  return list.findLast(({ values }) => values.length === wanted)!.name;
}

/** From light to dark blue, which people who do not see red and green can distinguish too. */
export function shadeOf(
  value: number | undefined,
  { least, most }: { readonly least: number; readonly most: number },
): { readonly background: string; readonly ink: string } | undefined {
  if (value === undefined) return undefined;
  const share = most > least ? (value - least) / (most - least) : 0.5;
  const mix = (from: number, to: number): number => Math.round(from + (to - from) * share);
  const [red, green, blue] = [mix(226, 16), mix(236, 58), mix(250, 120)];
  return {
    background: `rgb(${red} ${green} ${blue})`,
    // Whichever of the two is further from the background in lightness.
    ink: luminance(red, green, blue) < 0.19 ? '#ffffff' : '#0b1728',
  };
}

/** Relative, of WCAG 2. */
function luminance(red: number, green: number, blue: number): number {
  const [r, g, b] = [red, green, blue].map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}
