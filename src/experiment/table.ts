// Experiments as a table: a column for each parameter and metric, by name. Knows neither the terminal nor files.
import { canonicalJson, quotedKey } from '../base/spelling.ts';
import type { Value } from '../base/value.ts';
import { isMetric, leavesOf, type Leaf } from './leaves.ts';
import type { ExperimentRecord } from './record.ts';

export interface Column {
  readonly kind: 'param' | 'metric';
  readonly file: string;
  readonly path: readonly string[];
  /** `train.lr`; with the file before it where two files have the same key. */
  readonly label: string;
  /** By the name of the experiment, which may lack it. */
  readonly values: ReadonlyMap<string, Value>;
}

interface OpenColumn extends Omit<Column, 'label' | 'values'> {
  readonly values: Map<string, Value>;
}

/** Parameters first, then metrics, each in the order in which the records have them. */
export function columnsOf(
  records: readonly Pick<ExperimentRecord, 'name' | 'params' | 'metrics'>[],
): readonly Column[] {
  const params = new Map<string, OpenColumn>();
  const metrics = new Map<string, OpenColumn>();
  for (const record of records) {
    add(params, 'param', record.name, leavesOf(record.params));
    add(metrics, 'metric', record.name, leavesOf(record.metrics).filter(isMetric));
  }
  return labelled([...params.values(), ...metrics.values()]);
}

function add(
  columns: Map<string, OpenColumn>,
  kind: Column['kind'],
  name: string,
  leaves: readonly Leaf[],
): void {
  for (const { file, path, value } of leaves) {
    const identity = `${file}\0${path.join('\0')}`;
    let column = columns.get(identity);
    if (!column) columns.set(identity, (column = { kind, file, path, values: new Map() }));
    column.values.set(name, value);
  }
}

function labelled(columns: readonly OpenColumn[]): readonly Column[] {
  const alike = Map.groupBy(columns, ({ file, path }) => `${file}\0${path.join('.')}`);
  const short = ({ file, path }: OpenColumn): string => {
    if (path.length === 0) return file;
    // `a.b` is a key with a dot beside a `b` in `a`.
    const isPlain = alike.get(`${file}\0${path.join('.')}`)!.length === 1;
    return (isPlain ? path : path.map(quotedKey)).join('.');
  };
  const counts = new Map<string, number>();
  for (const column of columns) counts.set(short(column), (counts.get(short(column)) ?? 0) + 1);
  return columns.map((column) => {
    const label = short(column);
    const isUnique = counts.get(label) === 1 || column.path.length === 0;
    return { ...column, label: isUnique ? label : `${column.file}:${label}` };
  });
}

/** Some of these experiments have other values than others, or none. */
export function differs({ values }: Column, names: readonly string[]): boolean {
  const texts = new Set(
    names.map((name) => {
      const value = values.get(name);
      return value === undefined ? '' : canonicalJson(value);
    }),
  );
  return texts.size > 1;
}

/** The column that a label means: whole, with its file, or the last keys of one only. */
export function columnNamed(columns: readonly Column[], name: string): Column | undefined {
  const exact = columns.find(
    ({ label, file, path }) =>
      label === name || `${file}:${path.join('.')}` === name || path.join('.') === name,
  );
  if (exact) return exact;
  const ending = columns.filter(({ label }) => label.endsWith(`.${name}`));
  return ending.length === 1 ? ending[0] : undefined;
}
