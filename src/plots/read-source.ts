// Reads a data file of plots: CSV, TSV, JSON, YAML, TOML or Python, by the extension of its name.
import { extname } from 'node:path';
import { isList, isMap, spellScalar } from '../base/spelling.ts';
import { PipeError, type Problem } from '../base/problem.ts';
import type { Value } from '../base/value.ts';
import { parseParamsFile } from '../pipeline/params/params-file.ts';
import { readText } from '../yaml/read-text.ts';
import { readRecords } from './csv.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { PlotFault } from './plot-fault.ts';
import { newRow, type Table } from './table.ts';

const DELIMITERS: Readonly<Record<string, string>> = { '.csv': ',', '.tsv': '\t' };
const TREES = new Set(['.json', '.yaml', '.yml', '.toml', '.py']);

/**
 * @param file its name in messages; @param header whether the first line of CSV or TSV has the names of the fields.
 * @returns every list of objects in the file.
 * @throws PlotFault for a file that cannot be understood.
 */
export function readSource(bytes: Buffer, file: string, header = true): Table[] {
  const ending = extname(file).toLowerCase();
  const delimiter = DELIMITERS[ending];
  if (!isSource(file)) {
    const title = `${file} is not a file that can be plotted`;
    const hint = 'plots are made of CSV, TSV, JSON, YAML and TOML, and of PNG, JPEG, GIF and SVG images';
    throw otherFormat(file, { code: 'plot-data', title, hint, place: { file } });
  }
  const text = faulty('EncodingError', `unable to read: '${file}', is not valid utf8`, () =>
    readText(bytes, file, 'plot-data'),
  );
  if (delimiter !== undefined) return tableOfRecords(text.replace(/^\uFEFF/, ''), delimiter, file, header);
  const tables: Table[] = [];
  collectTables(readTree(bytes, text, file, ending), tables);
  return tables;
}

/** Whether its name is that of a data file. */
export function isSource(file: string): boolean {
  const ending = extname(file).toLowerCase();
  return ending in DELIMITERS || TREES.has(ending);
}

export const otherFormat = (file: string, problem: Problem): PlotFault =>
  new PlotFault(
    'PlotMetricTypeError',
    problem,
    `'${file}' - file type error\nOnly JSON, YAML, CSV and TSV formats are supported.`,
  );

function tableOfRecords(text: string, delimiter: string, file: string, header: boolean): Table[] {
  const records = readRecords(text, delimiter);
  const [first] = records;
  if (!first) return [];
  const fields = header ? first.fields : first.fields.map((_, index) => String(index));
  const rows = (header ? records.slice(1) : records).map(({ fields: values, line }) => {
    if (values.length > fields.length) {
      const title = `a line has ${values.length} fields; ${header ? 'the header' : 'the first line'} has ${fields.length}`;
      throw new PlotFault('PlotDataError', { code: 'plot-data', title, place: { file, line, column: 1 } });
    }
    const row = newRow();
    for (const [index, name] of fields.entries()) row[name] = values[index] ?? null;
    return row;
  });
  return rows.length === 0 ? [] : [{ fields, rows }];
}

/** Keys that JavaScript would put in another order, and integers that it would round. */
const INEXACT = /"\d+"\s*:|(?<![\d.]|[eE][+-]?)\d{16,}(?![\d.eE])/;

function readTree(bytes: Buffer, text: string, file: string, ending: string): Json {
  if (ending === '.json' && !INEXACT.test(text)) {
    try {
      return JSON.parse(text) as Json;
    } catch {
      // The slower reader knows NaN, and the place of a mistake.
    }
  }
  const format = ending === '.yml' ? 'YAML' : ending.slice(1).toUpperCase();
  const message = `unable to read: '${file}', ${format} file structure is corrupted`;
  return faulty(`${format}FileCorruptedError`, message, () => toJson(parseParamsFile(bytes, file).value));
}

/** Turns expected problems into a fault. */
function faulty<T>(type: string, message: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof PipeError)) throw error;
    const problem: Problem = { ...error.problems[0]!, code: 'plot-data' };
    throw new PlotFault(type, problem, message);
  }
}

function toJson(value: Value): Json {
  if (isList(value)) return value.map(toJson);
  if (isMap(value)) {
    const row = newRow();
    for (const [key, item] of value) row[spellScalar(key)] = toJson(item);
    FIELD_ORDER.set(row, Array.from(value.keys(), spellScalar));
    return row;
  }
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  return typeof value === 'number' && !Number.isFinite(value) ? null : value;
}

/** Of objects whose keys JavaScript orders otherwise. */
const FIELD_ORDER = new WeakMap<object, readonly string[]>();

/** Lists directly in lists are not looked at. */
function collectTables(tree: Json, tables: Table[]): void {
  if (Array.isArray(tree)) {
    const table = tableOf(tree);
    if (table) tables.push(table);
  } else if (isObject(tree)) {
    for (const key of fieldsOf(tree)) {
      const item = tree[key]!;
      if (typeof item === 'object') collectTables(item, tables);
    }
  }
}

const fieldsOf = (item: JsonObject): readonly string[] => FIELD_ORDER.get(item) ?? Object.keys(item);

function tableOf(list: readonly Json[]): Table | undefined {
  if (list.length === 0 || !list.every(isObject)) return undefined;
  return { fields: fieldsOf(list[0]!), rows: list };
}
