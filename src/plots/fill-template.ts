// Fills the anchors of a template with the data and the names of a plot.
import { codePointOrder } from './code-point-order.ts';
import type { Axes } from './data-points.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { PlotFault } from './plot-fault.ts';
import { newRow, type Row } from './table.ts';
import type { Template } from './find-template.ts';
import { anchor, ANCHORS, type AnchorName } from './templates/parts.ts';

export interface Filling {
  readonly rows: readonly Row[];
  readonly axes: Axes;
  readonly title: string;
  /** Those that have points, in the order of their colours. */
  readonly revisions: readonly string[];
}

export interface FilledTemplate {
  readonly content: JsonObject;
  /** With `split`: what belongs in place of the anchors that remain. */
  readonly anchors: JsonObject;
}

/** The anchors that `split` leaves in the template, with what they stand for beside it. */
const SPLIT: ReadonlySet<AnchorName> = new Set([
  'color',
  'data',
  'plot_height',
  'plot_width',
  'shape',
  'stroke_dash',
  'title',
  'tooltip',
  'x_label',
  'y_label',
  'zoom_and_pan',
]);

/** A template need not have these. */
const OPTIONAL: readonly AnchorName[] = ANCHORS.filter(
  (name) => !['data', 'title', 'x', 'x_label', 'y', 'y_label'].includes(name),
);

/** @throws PlotFault for a template without an anchor for the data, and for a field that no row has. */
export function fillTemplate(template: Template, filling: Filling, split = false): FilledTemplate {
  const { axes } = filling;
  for (const field of [axes.x, axes.y])
    if (field !== undefined && !filling.rows.some((row) => field in row)) throw noField(field);
  const anchors: Record<string, Json> = {};
  let content: Json = template.content;
  const fill = (name: AnchorName, value: Json): void => {
    if (split && SPLIT.has(name)) anchors[anchor(name)] = value;
    else content = replaceAnchor(content, anchor(name), value);
  };
  const optional = OPTIONAL.filter((name) => hasAnchor(content, anchor(name)));
  const { rows, values } = optional.length > 0 ? optionalValues(filling) : { rows: filling.rows, values: {} };
  for (const name of optional) {
    const value = values[name];
    // What does not apply to one series is left empty.
    if (value === undefined) content = replaceAnchor(content, anchor(name), {});
    else fill(name, value);
  }
  fill('title', filling.title);
  fill('x', escapeField(axes.x));
  if (axes.y !== undefined) fill('y', escapeField(axes.y));
  fill('x_label', axes.xLabel);
  if (axes.yLabel !== undefined) fill('y_label', axes.yLabel);
  if (!hasAnchor(content, anchor('data'))) throw noData(template.name);
  fill('data', rows);
  return { content: content as JsonObject, anchors };
}

/** Series differ by file, by field, or by both: the field of the rows that distinguishes them is named after these. */
function optionalValues({ axes, revisions, rows }: Filling): {
  readonly rows: readonly Row[];
  readonly values: { readonly [name in AnchorName]?: Json };
} {
  const { series } = axes;
  const varied = (['filename', 'field'] as const).filter(
    (key) => new Set(series.map((one) => one[key])).size > 1,
  );
  const by = varied.join(SEPARATOR);
  const groups = by === '' ? ['rev'] : ['rev', by];
  const domain = [...new Set(series.map((one) => varied.map((key) => one[key]).join(SEPARATOR)))].sort(
    codePointOrder,
  );
  const pivot = ['rev', ...varied].map((key) => `datum.${key}`).join(` + '${SEPARATOR}' + `);
  const y = axes.y ?? null;
  const common = {
    color: mapping('rev', 'color', revisions),
    zoom_and_pan: { name: 'grid', select: 'interval', bind: 'scales' },
    plot_height: 300,
    plot_width: 300,
    group_by: groups,
    group_by_x: [...groups, axes.x],
    group_by_y: [...groups, y],
    pivot_field: pivot,
    tooltip: ['rev', axes.x, y, ...(by === '' ? [] : [by])].map((field) => ({ field })),
  };
  const apart = by !== '' && {
    row: { field: by, sort: [] },
    column: { field: by, sort: [] },
    stroke_dash: mapping(by, 'stroke_dash', domain),
    shape: mapping(by, 'shape', domain),
  };
  return { rows: rows.map((row) => namedSeries(row, varied)), values: { ...common, ...apart } };
}

const SEPARATOR = '::';

/** The row with one field that names its series. */
function namedSeries(row: Row, varied: readonly ('filename' | 'field')[]): Row {
  const named = newRow(row);
  if (varied.length === 2)
    named[varied.join(SEPARATOR)] = varied.map((key) => row[key] as string).join(SEPARATOR);
  for (const key of ['filename', 'field'] as const)
    if (varied.length === 2 || !varied.includes(key)) delete named[key];
  return named;
}

const RANGES = {
  color: ['#945dd6', '#13adc7', '#f46837', '#48bb78', '#4299e1', '#ed8936', '#f56565'],
  stroke_dash: [
    [1, 0],
    [8, 8],
    [8, 4],
    [4, 4],
    [4, 2],
    [2, 1],
    [1, 1],
  ],
  shape: ['circle', 'square', 'triangle', 'diamond'],
} satisfies { readonly [name: string]: readonly Json[] };

/** After the last of its values, a range begins again. */
function mapping(field: string, name: keyof typeof RANGES, domain: readonly string[]): JsonObject {
  const all: readonly Json[] = RANGES[name];
  const range = domain.map((_, index) => all[index % all.length]!);
  const legend = { symbolFillColor: 'transparent', symbolStrokeColor: 'grey' };
  return { field, scale: { domain, range }, ...(name !== 'color' && { legend }) };
}

/** In a field of Vega, `.` and `[` lead into objects. */
const escapeField = (field: string): string => field.replaceAll(/[.[\]]/g, '\\$&');

function hasAnchor(tree: Json, text: string): boolean {
  if (typeof tree === 'string') return tree === text;
  if (Array.isArray(tree)) return tree.some((item: Json) => hasAnchor(item, text));
  return isObject(tree) && Object.values(tree).some((item) => hasAnchor(item, text));
}

/** A string that is the anchor becomes the value; inside of a longer one, a text takes its place. */
function replaceAnchor(tree: Json, text: string, value: Json): Json {
  if (Array.isArray(tree))
    return tree.map((item: Json) =>
      typeof item === 'string' && item !== text ? item : replaceAnchor(item, text, value),
    );
  if (isObject(tree))
    return Object.fromEntries(
      Object.entries(tree).map(([key, item]) => [key, replaceAnchor(item, text, value)]),
    );
  if (typeof tree !== 'string' || !tree.includes(text)) return tree;
  if (tree === text) return value;
  return typeof value === 'string' ? tree.replaceAll(text, () => value) : tree;
}

function noField(field: string): PlotFault {
  const title = `no row has the field '${field}'`;
  const hint = 'correct x or y of the plot';
  return new PlotFault(
    'NoFieldInDataError',
    { code: 'plot-fields', title, hint },
    `Field '${field}' does not exist in provided data.`,
  );
}

function noData(name: string): PlotFault {
  const data = anchor('data');
  return new PlotFault(
    'BadTemplateError',
    {
      code: 'plot-template',
      title: `the template '${name}' has no ${data}`,
      hint: `write {"data": {"values": "${data}"}, …}; \`pipe plots templates simple\` prints an example`,
    },
    `Template '${name}' is not using '${data}' anchor`,
  );
}
