// Writes values as YAML lines, with the indentation of the file that they are added to.
import { writeString } from './write-scalar.ts';

/** A value that can be written. */
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain };

/** The indentation of a text. */
export interface Layout {
  /** Spaces from a key to the keys below it. */
  readonly step: number;
  /** Spaces from a key to the dashes of the list below it. */
  readonly listStep: number;
}

/** @returns lines without their ends. */
export function blockEntry(key: string, value: Plain, column: number, layout: Layout): readonly string[] {
  const indent = ' '.repeat(column);
  const head = `${indent}${writeString(key)}:`;
  if (isList(value) && value.length > 0)
    return [head, ...value.flatMap((item) => blockItem(item, column + layout.listStep, layout))];
  if (isMap(value) && Object.keys(value).length > 0)
    return [head, ...blockEntries(value, column + layout.step, layout)];
  return [`${head} ${scalarOrEmpty(value)}`];
}

function blockEntries(
  map: { readonly [key: string]: Plain },
  column: number,
  layout: Layout,
): readonly string[] {
  return Object.entries(map).flatMap(([key, value]) => blockEntry(key, value, column, layout));
}

function blockItem(item: Plain, column: number, layout: Layout): readonly string[] {
  const dash = `${' '.repeat(column)}- `;
  if (!isMap(item) || Object.keys(item).length === 0) return [dash + flowValue(item, 'block')];
  // Below the first key, which follows the dash, nested keys need a deeper column than it.
  const [first, ...rest] = blockEntries(item, column + 2, {
    step: Math.max(2, layout.step),
    listStep: layout.listStep,
  });
  return [dash + first!.trimStart(), ...rest];
}

export const flowEntry = (key: string, value: Plain): string =>
  `${writeString(key, 'flow')}: ${flowValue(value)}`;

/** A value on one line. @param style `block`: outside of brackets. */
export function flowValue(value: Plain, style: 'block' | 'flow' = 'flow'): string {
  if (isList(value)) return `[${value.map((item) => flowValue(item)).join(', ')}]`;
  if (isMap(value))
    return `{${Object.entries(value)
      .map(([key, item]) => flowEntry(key, item))
      .join(', ')}}`;
  return typeof value === 'string' ? writeString(value, style) : String(value);
}

const scalarOrEmpty = (value: Plain): string => flowValue(value, 'block');

const isList = (value: Plain): value is readonly Plain[] => Array.isArray(value);
const isMap = (value: Plain): value is { readonly [key: string]: Plain } =>
  typeof value === 'object' && value !== null && !isList(value);
