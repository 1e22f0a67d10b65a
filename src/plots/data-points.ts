// Joins the fields that a plot names to points: one row for each point of each series, as templates expect them.
import { commonFolder } from './common-folder.ts';
import type { Axis, Definition, Field } from './definition.ts';
import { PlotFault } from './plot-fault.ts';
import { newRow, type Row, type Table } from './table.ts';

/** The points of one revision. */
export interface Points {
  readonly rows: readonly Row[];
  readonly axes: Axes;
}

/** What anchors of a template stand for. */
export interface Axes {
  /** Fields of the rows. */
  readonly x: string;
  readonly y: string | undefined;
  readonly xLabel: string;
  readonly yLabel: string | undefined;
  /** The series: a file, without what all files have in common, and a field. */
  readonly series: readonly { readonly filename: string; readonly field: string }[];
}

/** The number of the point, where no x is declared. */
const STEP = 'step';
/** In place of several fields of one axis. */
const SEVERAL = { x: 'dvc_inferred_x_value', y: 'dvc_inferred_y_value' } as const;

/**
 * @param name of the plot; @param tables by file; files that cannot be read are not in it.
 * @returns undefined where there is nothing to draw.
 * @throws PlotFault where the fields do not match the data.
 */
export function pointsOf(
  name: string,
  definition: Definition,
  tables: ReadonlyMap<string, readonly Table[]>,
  revision: string,
): Points | undefined {
  const data = new Map(Array.from(tables, ([file, list]) => [file, joinTables(list)]));
  const ys = yFields(name, definition.y, tables);
  const xs = xFields(name, definition.x, definition.y, ys);
  for (const field of [...xs, ...ys]) requireField(field, data);
  if (xs.length > 1 && xs.length !== ys.length) {
    const title = `Cannot have different number of x and y data sources. Found ${xs.length} x and ${ys.length} y data sources.`;
    throw new PlotFault('DvcException', {
      code: 'plot-fields',
      title,
      hint: 'name one x for all, or one for each y',
    });
  }
  const severalX = xs.length > 1 && new Set(xs.map(({ field }) => field)).size > 1;
  const severalY = new Set(ys.map(({ field }) => field)).size > 1;
  const files = [...new Set(ys.map(({ file }) => file))];
  const shared = files.length > 1 ? commonFolder(files) : '';
  const shortName = (file: string): string => file.slice(shared.length).replace(/^[/\\]+|[/\\]+$/g, '');
  const x = severalX ? SEVERAL.x : (xs[0]?.field ?? STEP);
  const y = severalY ? SEVERAL.y : ys[0]?.field;

  const rows = ys.flatMap((series, index) => {
    const own = (data.get(series.file) ?? []).map(newRow);
    if (severalY) copyField(own, own, series.field, SEVERAL.y);
    const from = xs.length > 1 ? xs[index]! : xs[0];
    if (!from) for (const [step, row] of own.entries()) row[STEP] = step;
    else joinX(own, from, series, data.get(from.file) ?? [], x);
    for (const row of own) {
      row['rev'] = revision;
      row['filename'] = shortName(series.file);
      row['field'] = series.field;
    }
    return own;
  });
  if (rows.length === 0) return undefined;
  return {
    rows,
    axes: {
      x,
      y,
      xLabel: definition.xLabel ?? labelOf(xs, 'x') ?? STEP,
      yLabel: definition.yLabel ?? labelOf(ys, 'y'),
      series: ys.map(({ file, field }) => ({ filename: shortName(file), field })),
    },
  };
}

/** Without y, the last field of the file that the plot is named after. */
function yFields(
  name: string,
  y: Axis | undefined,
  tables: ReadonlyMap<string, readonly Table[]>,
): readonly Field[] {
  if (y?.by === 'file') return y.fields;
  if (y) return y.names.map((field) => ({ file: name, field }));
  const field = tables.get(name)?.[0]?.fields.at(-1);
  return field === undefined ? [] : [{ file: name, field }];
}

/** A field without a file is one of each file of y. */
function xFields(
  name: string,
  x: Axis | undefined,
  y: Axis | undefined,
  ys: readonly Field[],
): readonly Field[] {
  if (x === undefined) return [];
  if (x.by === 'file') return x.fields;
  const [field] = x.names;
  if (field === undefined) return [];
  return y?.by === 'file' ? ys.map(({ file }) => ({ file, field })) : [{ file: name, field }];
}

function labelOf(fields: readonly Field[], several: string): string | undefined {
  const names = new Set(fields.map(({ field }) => field));
  return names.size > 1 ? several : [...names][0];
}

function requireField({ file, field }: Field, data: ReadonlyMap<string, readonly Row[]>): void {
  const rows = data.get(file);
  if (!rows) return;
  const [first] = rows;
  if (!first)
    throw new PlotFault('DvcException', {
      code: 'plot-data',
      title: `${file} has no list of objects with the same keys`,
      hint: 'a plot needs rows, such as [{"step": 0, "loss": 0.5}, …]',
      place: { file },
    });
  if (field in first) return;
  const names = Object.keys(first).join(', ');
  throw new PlotFault(
    'FieldNotFoundError',
    {
      code: 'plot-fields',
      title: `${file} has no field '${field}'`,
      facts: [['fields', names]],
      hint: 'correct x or y of the plot',
      place: { file },
    },
    `Could not find provided field ('${field}') in data fields ('${names}').`,
  );
}

function joinX(rows: readonly Row[], from: Field, series: Field, source: readonly Row[], name: string): void {
  if (source.length === rows.length) {
    copyField(source, rows, from.field, name);
    return;
  }
  const title =
    `Cannot join '${from.field}' from '${from.file}' and '${series.field}' from '${series.file}'. ` +
    'They have to have same length.';
  const facts = [
    [from.file, `${source.length} rows`],
    [series.file, `${rows.length} rows`],
  ] as const;
  throw new PlotFault('DvcException', { code: 'plot-fields', title, facts });
}

function copyField(from: readonly Row[], to: readonly Row[], field: string, name: string): void {
  for (const [index, row] of to.entries()) if (field in from[index]!) row[name] = from[index]![field]!;
}

/** Lists of the same file are columns of one table. */
function joinTables(tables: readonly Table[]): readonly Row[] {
  const joined: Row[] = [];
  for (const { rows, fields } of tables) {
    const known = new Set(fields);
    if (rows.some((row) => Object.keys(row).some((key) => !known.has(key)))) continue;
    for (const [index, row] of rows.entries()) {
      joined[index] ??= newRow();
      Object.assign(joined[index], row);
    }
  }
  return joined;
}
