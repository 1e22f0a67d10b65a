// A file with the values of experiments: a mapping of keys to lists makes their product, a list of mappings names each experiment. CSV
// has one experiment a line.
import { extname } from 'node:path';
import { PipeError } from '../../base/problem.ts';
import { isList, isMap, spellScalar } from '../../base/spelling.ts';
import type { Value, ValueMap } from '../../base/value.ts';
import { parseParamsFile } from '../../pipeline/params/params-file.ts';
import { writeValue } from '../../yaml/write-value.ts';
import { readSweep, type Axis, type Choice } from './sweep.ts';

/** @param file its name in messages, which ends as its format requires. @throws PipeError */
export function readGrid(bytes: Buffer, file: string): readonly Axis[] {
  const separator = { '.csv': ',', '.tsv': '\t' }[extname(file).toLowerCase()];
  if (separator !== undefined)
    return [{ kind: 'choices', choices: csvChoices(bytes.toString(), separator, file) }];
  const { value } = parseParamsFile(bytes, file);
  if (isMap(value) && value.size > 0) return axesOf(value, '');
  if (isList(value) && value.length > 0 && value.every(isMap))
    return [{ kind: 'choices', choices: value.map((member) => fixedOf(member, '')) }];
  throw gridProblem(file, 'expected a mapping of keys to lists of values, or a list of mappings');
}

function axesOf(map: ValueMap, prefix: string): readonly Axis[] {
  return [...map].flatMap(([key, value]): readonly Axis[] => {
    const path = prefix + keyText(key);
    if (isMap(value) && value.size > 0) return axesOf(value, `${path}.`);
    if (isList(value))
      return [
        { kind: 'choices', choices: value.map((item): Choice => [`${path}=${writeValue(item, 'flow')}`]) },
      ];
    const isSweep = typeof value === 'string' && /^(?:range|choice|interval|int|tag)\(.*\)$/s.test(value);
    return [readSweep(`${path}=${isSweep ? value : writeValue(value, 'flow')}`)];
  });
}

function fixedOf(map: ValueMap, prefix: string): Choice {
  return [...map].flatMap(([key, value]): Choice => {
    const path = prefix + keyText(key);
    return isMap(value) && value.size > 0
      ? fixedOf(value, `${path}.`)
      : [`${path}=${writeValue(value, 'flow')}`];
  });
}

const keyText = (key: Value): string => (key === null ? 'null' : spellScalar(key as string));

function csvChoices(text: string, separator: string, file: string): readonly Choice[] {
  const [head, ...rows] = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .map((line) => cellsOf(line, separator));
  if (!head || rows.length === 0) throw gridProblem(file, 'expected a line of keys and lines of values');
  return rows.map((cells, index) => {
    if (cells.length !== head.length)
      throw gridProblem(file, `line ${index + 2} has ${cells.length} values for ${head.length} keys`);
    return head.map((key, column) => `${key.trim()}=${cells[column]!.trim()}`);
  });
}

/** RFC 4180, without line ends in values. */
function cellsOf(line: string, separator: string): readonly string[] {
  const cells: string[] = [];
  const cell = new RegExp(`(?:"((?:[^"]|"")*)"|([^${separator}]*))(?:${separator}|$)`, 'gy');
  while (cell.lastIndex < line.length) {
    const match = cell.exec(line);
    if (!match) break;
    cells.push(match[1]?.replaceAll('""', '"') ?? match[2]!);
    if (cell.lastIndex === line.length && line.endsWith(separator)) cells.push('');
  }
  return cells;
}

function gridProblem(file: string, title: string): PipeError {
  return new PipeError({
    code: 'bad-sweep',
    title: `--grid ${file}: ${title}`,
    hint: 'for example:\n  lr: [0.1, 0.2]\n  model.depth: [2, 3]',
    place: { file },
  });
}
