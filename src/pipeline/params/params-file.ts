// Reads parameter files: YAML, JSON, TOML and Python, by the file name extension. Integers and floats are distinct.
import { extname } from 'node:path';
import { orConflict } from '../../yaml/conflict-markers.ts';
import { loadPackage } from '../../base/load-package.ts';
import { PipeError, errno } from '../../base/problem.ts';
import { readJson } from './read-json.ts';
import { readPython } from './read-python.ts';
import { readText, withNewlines } from '../../yaml/read-text.ts';
import { textInPlace } from './texts-in-place.ts';
import { placer } from '../../yaml/text-place.ts';
import type { Scalar, Value } from '../../base/value.ts';
import { readYaml, type PlaceOf } from '../../yaml/yaml-source.ts';
import { readFileSync } from '../../disk/witnessed-fs.ts';

export interface ParamsFile {
  /** Its name in messages. */
  readonly file: string;
  readonly value: Value;
  readonly place: PlaceOf;
}

/**
 * @param path absolute; @param shown its name in messages.
 * @returns undefined when no such file exists.
 * @throws PipeError when it cannot be read or parsed.
 */
export function readParamsFile(path: string, shown: string): ParamsFile | undefined {
  const inPlace = textInPlace(path);
  if (inPlace !== undefined) return parseParams(withNewlines(inPlace), shown, extname(path).toLowerCase());
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const code = errno(error);
    // No file can have a name with a NUL character, or one that is too long.
    if (
      code === 'ENOENT' ||
      code === 'ENOTDIR' ||
      code === 'ENAMETOOLONG' ||
      code === 'ERR_INVALID_ARG_VALUE'
    )
      return undefined;
    const title =
      code === 'EISDIR' ? `${shown} is a folder, expected a parameter file` : `cannot read ${shown}: ${code}`;
    throw new PipeError({ code: 'params-unreadable', title, place: { file: shown } });
  }
  return parseParamsFile(bytes, shown);
}

/** @param shown its name in messages, which ends as the format requires. @throws PipeError when it cannot be parsed. */
export function parseParamsFile(bytes: Buffer, shown: string): ParamsFile {
  return parseParams(readText(bytes, shown, 'params-unreadable'), shown, extname(shown).toLowerCase());
}

// Every stage with parameters reads its file; most read the same few, unchanged.
const parsedFiles = new Map<string, { readonly text: string; readonly parsed: ParamsFile }>();

function parseParams(text: string, file: string, ending: string): ParamsFile {
  const key = `${ending}:${file}`;
  const before = parsedFiles.get(key);
  if (before?.text === text) return before.parsed;
  const parsed = parseText(text, file, ending);
  parsedFiles.set(key, { text, parsed });
  return parsed;
}

function parseText(text: string, file: string, ending: string): ParamsFile {
  try {
    return parseAs(ending, text, file);
  } catch (error) {
    throw error instanceof PipeError ? orConflict(error, text, file) : error;
  }
}

function parseAs(ending: string, text: string, file: string): ParamsFile {
  switch (ending) {
    case '.json':
      refuseBom(text, file, 'JSON');
      return readJson(text, file);
    case '.toml':
      return readToml(text, file);
    case '.py':
      return readPythonFile(text, file);
    default: {
      const source = readYaml(text, file);
      // An empty file has no parameters.
      return source.value === null ? { file, value: new Map(), place: source.place } : source;
    }
  }
}

/** A byte order mark is an error in Python's readers of both formats. */
function refuseBom(text: string, file: string, format: string): void {
  if (!text.startsWith('\uFEFF')) return;
  throw new PipeError({
    code: 'params-unreadable',
    title: `not valid ${format}: it starts with a byte order mark`,
    hint: 'save the file as UTF-8 without a byte order mark',
    place: { file, line: 1, column: 1 },
  });
}

function readPythonFile(text: string, file: string): ParamsFile {
  const { value, offsets } = readPython(text, file);
  const placeOf = placer(text, file);
  return { file, value, place: ([name]) => placeOf((name !== undefined && offsets.get(name)) || 0) };
}

function readToml(text: string, file: string): ParamsFile {
  refuseBom(text, file, 'TOML');
  const toml = loadPackage('smol-toml');
  try {
    const table = toml.parse(text, { integersAsBigInt: true });
    return { file, value: fromToml(table), place: () => ({ file }) };
  } catch (error) {
    if (!(error instanceof toml.TomlError)) throw error;
    const source = text.split('\n')[error.line - 1];
    const title = `not valid TOML: ${error.message.split('\n')[0]!.replace(/^Invalid TOML document: /, '')}`;
    throw new PipeError({
      code: 'params-unreadable',
      title,
      place: { file, line: error.line, column: error.column, ...(source !== undefined && { source }) },
    });
  }
}

function fromToml(value: unknown): Value {
  if (value instanceof loadPackage('smol-toml').TomlDate) return value.toISOString();
  if (Array.isArray(value)) return value.map(fromToml);
  if (typeof value !== 'object' || value === null) return value as Scalar;
  return new Map<Scalar, Value>(Object.entries(value).map(([key, item]) => [key, fromToml(item)]));
}
