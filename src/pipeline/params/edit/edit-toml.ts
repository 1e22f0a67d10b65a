// Changes one value in a TOML text.
import type { AST } from 'toml-eslint-parser';
import { loadPackage } from '../../../base/load-package.ts';
import { isList, isMap, spellFloat, spellScalar } from '../../../base/spelling.ts';
import type { Scalar, Value, ValuePath } from '../../../base/value.ts';
import { insertLines } from '../../../yaml/insert-entry.ts';
import { lineEnd, lineStart } from '../../../yaml/lines.ts';
import { splice, type Edit } from '../../../yaml/splice.ts';
import type { ParamEdit } from './param-edit.ts';

export function editToml(text: string, { steps, value }: ParamEdit): string | undefined {
  const written = value === undefined ? undefined : tomlText(value);
  if (value !== undefined && written === undefined) return undefined;
  const [top] = loadPackage('toml-eslint-parser').parseTOML(text).body;
  const found = findIn(top.body, [], steps);
  const edit = found
    ? written === undefined
      ? removal(text, found)
      : { start: found.value.range[0], end: found.value.range[1], text: written }
    : written !== undefined && insertion(text, top, steps, written);
  return edit ? splice(text, [edit]) : undefined;
}

interface Found {
  readonly value: AST.TOMLContentNode;
  /** Undefined for an item of a list. */
  readonly pair: AST.TOMLKeyValue | undefined;
  readonly isInline: boolean;
}

/** @param base the path of the table that holds the nodes. */
function findIn(
  nodes: readonly (AST.TOMLKeyValue | AST.TOMLTable)[],
  base: ValuePath,
  steps: ValuePath,
  isInline = false,
): Found | undefined {
  for (const node of nodes) {
    const path = node.type === 'TOMLTable' ? node.resolvedKey : [...base, ...keysOf(node)];
    if (!isPrefix(path, steps)) continue;
    const found =
      node.type === 'TOMLTable'
        ? findIn(node.body, path, steps)
        : findAt(node.value, path, steps, { value: node.value, pair: node, isInline });
    if (found) return found;
  }
  return undefined;
}

function findAt(
  value: AST.TOMLContentNode,
  path: ValuePath,
  steps: ValuePath,
  found: Found,
): Found | undefined {
  if (path.length === steps.length) return found;
  if (value.type === 'TOMLInlineTable') return findIn(value.body, path, steps, true);
  const step = steps[path.length];
  const item = value.type === 'TOMLArray' && typeof step === 'number' ? value.elements[step] : undefined;
  return item && findAt(item, [...path, step!], steps, { value: item, pair: undefined, isInline: true });
}

const keysOf = ({ key }: AST.TOMLKeyValue): readonly string[] =>
  key.keys.map((part) => (part.type === 'TOMLBare' ? part.name : part.value));

const isPrefix = (path: ValuePath, steps: ValuePath): boolean =>
  path.length <= steps.length && path.every((step, index) => step === steps[index]);

/** Of a pair on lines of its own. */
function removal(text: string, { pair, isInline }: Found): Edit | undefined {
  if (!pair || isInline) return undefined;
  return { start: lineStart(text, pair.range[0]), end: lineEnd(text, pair.range[1]), text: '' };
}

function insertion(
  text: string,
  top: AST.TOMLTopLevelTable,
  steps: ValuePath,
  written: string,
): Edit | undefined {
  const folder = steps.slice(0, -1);
  const line = `${tomlKey(steps.at(-1) as Scalar)} = ${written}`;
  if (folder.length === 0) {
    const last = top.body.findLast((node) => node.type === 'TOMLKeyValue');
    return insertLines(text, last ? lineEnd(text, last.range[1]) : 0, [line]);
  }
  const table = top.body.find(
    (node) =>
      node.type === 'TOMLTable' &&
      node.resolvedKey.length === folder.length &&
      isPrefix(node.resolvedKey, folder),
  ) as AST.TOMLTable | undefined;
  if (!table) return undefined;
  const last = table.body.at(-1);
  return insertLines(text, lineEnd(text, last ? last.range[1] : table.key.range[1]), [line]);
}

const tomlKey = (key: Scalar): string => {
  const name = key === null ? 'null' : spellScalar(key);
  return /^[\w-]+$/.test(name) ? name : tomlString(name);
};

/** Undefined for null, which TOML lacks. */
function tomlText(value: Value): string | undefined {
  if (value === null) return undefined;
  if (typeof value === 'string') return tomlString(value);
  if (typeof value === 'number') return spellFloat(value);
  if (isList(value)) return joined(value.map(tomlText), '[', ']');
  if (!isMap(value)) return String(value);
  const pairs = [...value].map(([key, item]) => {
    const written = tomlText(item);
    return written === undefined ? undefined : `${tomlKey(key)} = ${written}`;
  });
  return joined(pairs, '{ ', ' }');
}

const joined = (parts: readonly (string | undefined)[], open: string, close: string): string | undefined =>
  parts.includes(undefined) ? undefined : `${open}${parts.join(', ')}${close}`;

/** JSON's escapes are valid in TOML, which has one more character to escape. */
const tomlString = (text: string): string => JSON.stringify(text).replaceAll('\u007f', '\\u007f');
