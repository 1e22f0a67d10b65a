// Resolves the templates in every string of a value, keys of mappings included, and hands on each fault with its path.
import { resolveTemplate, templateFaults, type TemplateFault, type TemplateOptions } from './template.ts';
import { isList, isMap } from './spelling.ts';
import type { Scalar, Value, ValueMap } from './value.ts';
import type { ValuePath } from './yaml-source.ts';

export type ReportFault = (path: ValuePath, fault: TemplateFault, part: 'key' | 'value') => void;

/** What has a fault stays as it is. */
export function resolveTree(
  value: Value,
  context: ValueMap,
  options: TemplateOptions,
  path: ValuePath,
  report: ReportFault,
): Value {
  if (typeof value === 'string') return resolveString(value, context, options, path, report, 'value');
  if (isList(value))
    return value.map((item, index) => resolveTree(item, context, options, [...path, index], report));
  if (!isMap(value)) return value;
  const result = new Map<Scalar, Value>();
  for (const [key, item] of value) {
    const inner = [...path, key];
    const name = typeof key === 'string' ? resolveString(key, context, options, inner, report, 'key') : key;
    result.set(isList(name) || isMap(name) ? key : name, resolveTree(item, context, options, inner, report));
  }
  return result;
}

function resolveString(
  text: string,
  context: ValueMap,
  options: TemplateOptions,
  path: ValuePath,
  report: ReportFault,
  part: 'key' | 'value',
): Value {
  if (!text.includes('${')) return text;
  const resolution = resolveTemplate(text, context, options);
  if ('value' in resolution) return resolution.value;
  report(path, resolution.fault, part);
  return text;
}

/** Syntax errors of all templates in a value, whether or not they are ever resolved. */
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
