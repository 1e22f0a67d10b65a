// What a plot shows: which fields of which files, and how. Types, and the reading of declared ones.
import { isList, isMap, spellScalar } from '../base/spelling.ts';
import type { Scalar, Value, ValueMap } from '../base/value.ts';

/** A field of a data file. */
export interface Field {
  /** Relative to the current folder, as the names of plots are. */
  readonly file: string;
  readonly field: string;
}

/** An axis: fields of named files, or of the file that the plot is named after. */
export type Axis = { readonly by: 'file'; readonly fields: readonly Field[] } | OwnAxis;

interface OwnAxis {
  readonly by: 'name';
  readonly names: readonly string[];
}

export interface Definition {
  readonly x?: Axis;
  readonly y?: Axis;
  readonly title?: string;
  readonly xLabel?: string;
  readonly yLabel?: string;
  /** A built-in template, or a file. */
  readonly template?: string;
  /** Whether the first line of CSV or TSV has the names of the fields; undefined as true. */
  readonly header?: boolean;
}

/** What a command line sets for all plots. */
export type Settings = Definition;

/** @param props as declared, templates resolved; @param place a path of the declaration → a name of a file */
export function readDefinition(props: ValueMap, place: (path: string) => string): Definition {
  const [x, y] = [readAxis(props.get('x'), place), readAxis(props.get('y'), place)];
  return {
    ...(x && { x }),
    ...(y && { y }),
    ...textOf(props, 'title', 'title'),
    ...textOf(props, 'x_label', 'xLabel'),
    ...textOf(props, 'y_label', 'yLabel'),
    ...textOf(props, 'template', 'template'),
    ...(props.get('header') === false && { header: false }),
  };
}

function textOf(props: ValueMap, key: string, name: keyof Definition): { readonly [name: string]: string } {
  const value = props.get(key);
  return value === undefined || value === null ? {} : { [name]: spellScalar(value as Scalar) };
}

function readAxis(value: Value | undefined, place: (path: string) => string): Axis | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isMap(value)) return { by: 'name', names: namesOf(value) };
  const fields = Array.from(value, ([path, names]) =>
    namesOf(names).map((field) => ({ file: place(spellScalar(path)), field })),
  );
  return { by: 'file', fields: fields.flat() };
}

const namesOf = (value: Value): string[] =>
  (isList(value) ? value : [value]).map((name) => spellScalar(name as Scalar));

/** The files that a plot reads. @param name of the plot */
export function filesOf(name: string, { x, y }: Definition): string[] {
  const files = y?.by === 'file' ? y.fields.map(({ file }) => file) : [name];
  if (x?.by === 'file') files.push(...x.fields.map(({ file }) => file));
  return [...new Set(files)];
}

/** A plot whose y names files has a name of its own; every other is named after its file. */
export const isNamedAfterFile = ({ y }: Definition): boolean => y?.by !== 'file';
