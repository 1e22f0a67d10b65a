// Resolves the templates in every string of a value, keys of mappings included, and reports each fault with its path.
import { templateFaults, type TemplateFault } from './expression.ts';
import { resolveTemplate, type TemplateOptions } from './template.ts';
import { isList, isMap } from '../../base/spelling.ts';
import type { Scalar, Value, ValueMap, ValuePath } from '../../base/value.ts';

export type ReportFault = (path: ValuePath, fault: TemplateFault, part: 'key' | 'value') => void;

/** Texts with a fault are returned unchanged. */
export function resolveTree(
  value: Value,
  context: ValueMap,
  options: TemplateOptions,
  path: ValuePath,
  report: ReportFault,
): Value {
  // One array, changed in place: only a fault needs the path, and most values have none.
  return new TreeResolver(context, options, [...path], report).resolve(value);
}

/** Whether the value contains no template. */
export function isFixed(value: Value): boolean {
  if (typeof value === 'string') return !value.includes('${');
  if (isList(value)) return value.every(isFixed);
  if (!isMap(value)) return true;
  for (const [key, item] of value) if (!isFixed(key) || !isFixed(item)) return false;
  return true;
}

class TreeResolver {
  readonly #context: ValueMap;
  readonly #options: TemplateOptions;
  readonly #path: (Scalar | number)[];
  readonly #report: ReportFault;

  constructor(context: ValueMap, options: TemplateOptions, path: (Scalar | number)[], report: ReportFault) {
    this.#context = context;
    this.#options = options;
    this.#path = path;
    this.#report = report;
  }

  resolve(value: Value): Value {
    if (typeof value === 'string') return this.#string(value, 'value');
    if (isList(value)) return value.map((item, index) => this.#inside(index, item));
    if (!isMap(value)) return value;
    const result = new Map<Scalar, Value>();
    for (const [key, item] of value) {
      this.#path.push(key);
      const name = typeof key === 'string' ? this.#string(key, 'key') : key;
      this.#path.pop();
      result.set(isList(name) || isMap(name) ? key : name, this.#inside(key, item));
    }
    return result;
  }

  #inside(step: Scalar | number, value: Value): Value {
    this.#path.push(step);
    const resolved = this.resolve(value);
    this.#path.pop();
    return resolved;
  }

  #string(text: string, part: 'key' | 'value'): Value {
    if (!text.includes('${')) return text;
    const resolution = resolveTemplate(text, this.#context, this.#options);
    if ('value' in resolution) return resolution.value;
    this.#report([...this.#path], resolution.fault, part);
    return text;
  }
}

/** Reports syntax errors of all templates in a value, including those that are never resolved. */
export function checkTree(value: Value, path: ValuePath, report: ReportFault): void {
  if (typeof value === 'string') for (const fault of templateFaults(value)) report(path, fault, 'value');
  else if (isList(value))
    for (const [index, item] of value.entries()) checkTree(item, [...path, index], report);
  else if (isMap(value)) {
    for (const [key, item] of value) {
      if (typeof key === 'string')
        for (const fault of templateFaults(key)) report([...path, key], fault, 'key');
      checkTree(item, [...path, key], report);
    }
  }
}
