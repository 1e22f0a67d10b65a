// Collects the problems of one file, each with its place and each once, and what is read for its templates.
import type { Problem } from '../base/problem.ts';
import type { Context } from './template/context.ts';
import { checkTree, isFixed, resolveTree } from './template/resolve-tree.ts';
import { isList, isMap } from '../base/spelling.ts';
import { didYouMean } from '../base/suggest.ts';
import { hasTemplate, type TemplateFault } from './template/expression.ts';
import type { TemplateOptions } from './template/template.ts';
import type { Value, ValueMap, ValuePath } from '../base/value.ts';
import type { YamlSource } from '../yaml/yaml-source.ts';

export class FileReport {
  readonly problems: Problem[] = [];
  /** Problems that do not stop the loading. */
  readonly warnings: Problem[] = [];
  /** Files that the names of its templates come from, as contexts name them. */
  readonly variableFiles = new Set<string>();
  readonly source: YamlSource;
  readonly #reported = new Set<string>();

  constructor(source: YamlSource) {
    this.source = source;
  }

  /** Resolves the templates in the value at a path. A text with a fault is returned unchanged. */
  resolve(value: Value, context: ValueMap, options: TemplateOptions, path: ValuePath): Value {
    return resolveTree(value, context, options, path, (at, fault, part) => this.fault(at, fault, part));
  }

  /** Reports syntax errors of templates, whether or not they are resolved. */
  checkSyntax(value: Value, path: ValuePath): void {
    if (!isFixed(value)) checkTree(value, path, (at, fault, part) => this.fault(at, fault, part));
  }

  refuseTemplates(value: Value, path: ValuePath): void {
    if (typeof value === 'string') {
      if (hasTemplate(value))
        this.report({ code: 'bad-vars', title: 'templates cannot be used inside of vars' }, path);
    } else if (isList(value))
      for (const [index, item] of value.entries()) this.refuseTemplates(item, [...path, index]);
    else if (isMap(value)) {
      for (const [key, item] of value) {
        if (typeof key === 'string' && hasTemplate(key))
          this.report(
            { code: 'bad-vars', title: 'templates cannot be used inside of vars' },
            [...path, key],
            'key',
          );
        this.refuseTemplates(item, [...path, key]);
      }
    }
  }

  fault(path: ValuePath, fault: TemplateFault, part: 'key' | 'value'): void {
    const { missing } = fault;
    const suggestion = missing && didYouMean(missing.name, missing.known);
    const shell =
      missing && /^[A-Z_][A-Z0-9_]*$/.test(missing.name)
        ? `write \\\${${missing.name}} for a variable of the shell`
        : undefined;
    const hint = suggestion ?? shell;
    this.add({
      code: fault.code,
      title: fault.title,
      ...(hint && { hint }),
      place: this.source.place(path, part, fault.text),
    });
  }

  report(problem: Omit<Problem, 'place'>, path: ValuePath, part: 'key' | 'value' = 'value'): void {
    this.add({ ...problem, place: this.source.place(path, part) });
  }

  /** @returns the context. */
  noteFiles(context: Context): Context {
    for (const file of context.loaded.keys()) this.variableFiles.add(file);
    return context;
  }

  /** Adds a problem once: the members of a declaration have the same ones. */
  add(problem: Problem, to: Problem[] = this.problems): void {
    const identity = JSON.stringify([
      problem.code,
      problem.title,
      problem.place?.line,
      problem.place?.column,
    ]);
    if (this.#reported.has(identity)) return;
    this.#reported.add(identity);
    to.push(problem);
  }
}
