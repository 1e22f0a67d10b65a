// The full reader: parses any YAML text with the `yaml` package and reports its syntax errors.
import type { YAMLParseError } from 'yaml';
import { PipeError, type Place, type Problem } from '../base/problem.ts';
import { loadPackage } from '../base/load-package.ts';
import type { Value, ValuePath } from '../base/value.ts';
import { orConflict } from './conflict-markers.ts';
import { refuseDeepNesting } from './nesting-limit.ts';
import { NodeReader, type DuplicateKeys } from './node-reader.ts';

export type { DuplicateKeys };

export interface FullYaml {
  readonly value: Value;
  /** Where the value at a path, or its key, starts; see `NodeReader`. */
  offset(path: ValuePath, part: 'key' | 'value'): number;
}

/** @throws PipeError with every syntax error of the text. */
export function readFullYaml(
  source: string,
  placeOf: (offset: number) => Place,
  duplicateKeys: DuplicateKeys,
): FullYaml {
  refuseDeepNesting(source, placeOf);
  const document = loadPackage('yaml').parseDocument(source, {
    schema: 'failsafe',
    uniqueKeys: false,
    prettyErrors: false,
    strict: true,
  });
  const problems: Problem[] = document.errors.map((error) => ({
    ...(/call stack/i.test(error.message)
      ? { code: 'yaml-too-large', title: 'nested too deeply' }
      : { code: 'yaml-syntax', title: `not valid YAML: ${messageOf(error)}` }),
    ...syntaxHint(error.code, placeOf(error.pos[0])),
    place: placeOf(error.pos[0]),
  }));
  // Later errors of a line are usually consequences of the first.
  const first = problems.filter(
    ({ place }, at) => problems.findIndex((other) => other.place?.line === place?.line) === at,
  );
  if (first.length > 0) throw orConflict(new PipeError(first.slice(0, 10)), source, placeOf(0).file);
  const reader = new NodeReader(placeOf, duplicateKeys);
  const value = reader.read(document.contents, 0);
  if (reader.problems.length > 0) throw new PipeError(reader.problems);
  return { value, offset: (path, part) => reader.offset(value, path, part) };
}

/** That of several documents names a function of the library. */
const messageOf = ({ code, message }: YAMLParseError): string =>
  code === 'MULTIPLE_DOCS' ? 'a second document begins here' : lowerFirst(message);

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

function syntaxHint(code: string, place: Place): { hint?: string } {
  const hint = hintFor(code, place);
  return hint === undefined ? {} : { hint };
}

function hintFor(code: string, { source }: Place): string | undefined {
  if (source !== undefined && /(?:[[{][^'"\]}]*|:\s*)\$\{/.test(source))
    return 'inside of [ ] and { } put a template into quotes';
  switch (code) {
    case 'TAB_AS_INDENT':
      return 'indent with spaces';
    case 'MULTIPLE_DOCS':
      return 'keep one document in the file: no second `---`';
    case 'BAD_INDENT':
    case 'BLOCK_AS_IMPLICIT_KEY':
    case 'MISSING_CHAR':
      return 'check the indentation and the quotes of this line and the one before it';
    default:
      return undefined;
  }
}
