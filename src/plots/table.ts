// The rows of a data file: one field is one series.
import type { Json } from './json.ts';

/** Without a prototype: a field can have any name. */
export type Row = Record<string, Json>;

export const newRow = (fields: Readonly<Row> = {}): Row => Object.assign(Object.create(null) as Row, fields);

/** A list of objects in a file. */
export interface Table {
  /** Of the first row, in the order of the file. */
  readonly fields: readonly string[];
  /** At least one. */
  readonly rows: readonly Row[];
}
