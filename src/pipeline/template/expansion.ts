// What `foreach` and `matrix` have in common: members, and data whose items are resolved.
import type { FileFormat } from '../format/file-format.ts';
import { isList, isMap, spellPython, spellScalar } from '../../base/spelling.ts';
import type { Scalar, Value, ValueMap, ValuePath } from '../../base/value.ts';
import { isExactTemplate } from './expression.ts';
import { resolveTree, type ReportFault } from './resolve-tree.ts';

/** One stage of a `foreach` or `matrix`. */
export interface Member {
  readonly key: string;
  /** Of a matrix list: the part of `key` from each of its mappings. Also a name in the templates (extension). */
  readonly keys?: readonly string[];
  readonly item: Value;
  /** `key` is a name in the templates of this member. */
  readonly named: boolean;
}

/** Reports data that cannot be expanded. */
export type ReportExpansion = (path: ValuePath, title: string, hint?: string) => void;

export interface ExpandInput {
  readonly context: ValueMap;
  readonly format: FileFormat;
  readonly fault: ReportFault;
  readonly report: ReportExpansion;
}

/** An item of a list. If it comes from a template, names spell it as Python does. */
export interface Item {
  readonly value: Value;
  readonly templated: boolean;
}

export const isComposite = (value: Value): boolean => isList(value) || isMap(value);

export const spellName = ({ value, templated }: Item): string =>
  templated ? spellPython(value) : spellScalar(value as Scalar);

/** Each item of a list with its templates resolved. */
export function resolveItems(list: readonly Value[], path: ValuePath, input: ExpandInput): Item[] {
  return list.map((item, index) => ({
    value: resolveTree(item, input.context, { composite: true }, [...path, index], input.fault),
    templated: typeof item === 'string' && isExactTemplate(item),
  }));
}

/** Resolves the templates of the data; `faulty`: one of them has a fault, which was reported. */
export function resolveData(
  data: Value,
  path: ValuePath,
  input: ExpandInput,
): { readonly value: Value; readonly faulty: boolean } {
  let faulty = false;
  const value = resolveTree(data, input.context, { composite: true }, path, (...fault) => {
    faulty = true;
    input.fault(...fault);
  });
  return { value, faulty };
}

export function describe(value: Value): string {
  if (isList(value)) return 'a list';
  if (isMap(value)) return 'a mapping';
  if (value === null) return 'nothing';
  return typeof value === 'string' ? `the string ${JSON.stringify(value)}` : spellScalar(value);
}
