// One pipeline file: read, checked, its names gathered, its stages expanded and resolved. All problems are reported at once.
import { join } from 'node:path';
import { buildStage, textOf } from './build-stage.ts';
import {
  emptyContext,
  stringKeys,
  withDefaultParams,
  withVars,
  type Context,
  type VarsOrigin,
} from './context.ts';
import { expandForeach, expandMatrix, type ExpandInput, type Member } from './expand.ts';
import type { OverlayMerge } from './overlay-merge.ts';
import { parentFolder, workspacePath } from './paths.ts';
import { errno, PipeError, type Problem } from './problem.ts';
import type { ProjectRoot } from './project.ts';
import { checkTree, resolveTree } from './resolve-tree.ts';
import { isList, isMap } from './spelling.ts';
import type { Stage, WorkspacePath } from './stage.ts';
import { didYouMean } from './suggest.ts';
import { isTemplate, type FlagStyle, type TemplateFault, type TemplateOptions } from './template.ts';
import { inFileOrder, validatePipeline } from './validate.ts';
import type { Scalar, Value, ValueMap } from './value.ts';
import { readYaml, type ValuePath, type YamlSource } from './yaml-source.ts';
import { readFileSync } from './witnessed-fs.ts';

export interface PipelineFile {
  readonly file: WorkspacePath;
  readonly format: 'pipe' | 'dvc';
  readonly source: YamlSource;
  readonly stages: readonly Stage[];
  /** `config:` as declared. */
  readonly config: Value | undefined;
}

export interface LoadOptions {
  readonly at: ProjectRoot;
  readonly overlay: OverlayMerge;
  readonly flags: FlagStyle;
}

/** @throws PipeError with every problem of the file. */
export function loadPipelineFile(file: WorkspacePath, options: LoadOptions): PipelineFile {
  const source = readYaml(readText(join(options.at.root, file), file), file);
  const format = file.endsWith('dvc.yaml') ? 'dvc' : 'pipe';
  // What Python takes for false is an empty file to DVC.
  if (format === 'pipe' || !isFalsy(source.value)) {
    const invalid = validatePipeline(source, format);
    if (invalid.length > 0) throw new PipeError(invalid);
  }
  const top = isMap(source.value) ? source.value : new Map<Scalar, Value>();
  const loader = new Loader(file, format, source, options);
  const stages = loader.load(top);
  if (loader.problems.length > 0) throw new PipeError(inFileOrder(loader.problems));
  return { file, format, source, stages, config: top.get('config') };
}

/** Some 20,000 stages; reading more would take hundreds of megabytes of memory. */
const MOST_BYTES = 2 * 2 ** 20;

function readText(path: string, file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new PipeError({
      code: 'pipeline-unreadable',
      title: `cannot read the pipeline file (${errno(error)})`,
      place: { file },
    });
  }
  if (bytes.length > MOST_BYTES) {
    const title = `the pipeline file has ${Math.ceil(bytes.length / 2 ** 20)} MiB; at most ${MOST_BYTES / 2 ** 20} can be read`;
    const hint = 'let foreach or matrix make the stages, or split the file';
    throw new PipeError({ code: 'yaml-too-large', title, hint, place: { file } });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new PipeError({
      code: 'pipeline-unreadable',
      title: 'the pipeline file is not UTF-8 text',
      place: { file },
    });
  }
}

/** What the members of one declaration share. */
interface Declaration {
  readonly name: string;
  readonly template: ValueMap;
  /** Path of `template` in the file. */
  readonly path: ValuePath;
  readonly context: Context;
}

class Loader {
  readonly problems: Problem[] = [];
  readonly #file: WorkspacePath;
  readonly #folder: WorkspacePath;
  readonly #format: 'pipe' | 'dvc';
  readonly #source: YamlSource;
  readonly #options: LoadOptions;
  readonly #reported = new Set<string>();

  constructor(file: WorkspacePath, format: 'pipe' | 'dvc', source: YamlSource, options: LoadOptions) {
    this.#file = file;
    this.#folder = parentFolder(file);
    this.#format = format;
    this.#source = source;
    this.#options = options;
  }

  load(top: ValueMap): Stage[] {
    const { root } = this.#options.at;
    const vars = listOf(top.get('vars'));
    this.#refuseTemplates(vars, ['vars']);
    let context = withDefaultParams(emptyContext, join(root, this.#folder), this.#folder);
    context = withVars(context, vars, this.#varsOrigin(['vars'], 'vars', this.#folder, []));
    context = this.#overlaid(context);
    for (const key of ['params', 'metrics', 'plots', 'artifacts']) {
      if (top.has(key)) this.#resolve(top.get(key)!, context, { composite: true }, [key]);
    }
    const stages = top.get('stages');
    if (!isMap(stages)) return [];
    const found = [...stages].flatMap(([name, body]) =>
      this.#expand(String(name), body as ValueMap, context),
    );
    this.#refuseAtSigns([...stages.keys()].map(String), stages, found);
    return found;
  }

  #overlaid(context: Context): Context {
    return this.#options.overlay.empty
      ? context
      : { ...context, values: this.#options.overlay.apply(context.values) };
  }

  #varsOrigin(path: ValuePath, name: string, folder: WorkspacePath, reserved: readonly string[]): VarsOrigin {
    return {
      folder: join(this.#options.at.root, folder),
      shownFolder: folder,
      name,
      reserved,
      place: (index, inner, part) => this.#source.place([...path, index, ...inner], part),
    };
  }

  #expand(name: string, body: ValueMap, context: Context): Stage[] {
    const path = ['stages', name];
    if (body.has('foreach')) {
      const template = body.get('do') as ValueMap;
      const members = this.#members(
        (input) => expandForeach(body.get('foreach')!, [...path, 'foreach'], input),
        context,
      );
      return this.#build({ name, template, path: [...path, 'do'], context }, members);
    }
    if (body.has('matrix')) {
      const template = new Map(body);
      template.delete('matrix');
      template.delete('defaults');
      const members = this.#members((input) => {
        const defaults = body.has('defaults')
          ? this.#defaults(body.get('defaults')!, [...path, 'defaults'], input)
          : undefined;
        return expandMatrix(body.get('matrix')!, [...path, 'matrix'], defaults, input);
      }, context);
      return this.#build({ name, template, path, context }, members);
    }
    if (body.has('defaults')) {
      const title = `'defaults' of ${name} needs a 'matrix' beside it`;
      this.#report({ code: 'bad-expansion', title }, [...path, 'defaults'], 'key');
    }
    if (name.includes('@')) return [];
    this.#checkSyntax(body, path);
    const stage = this.#buildOne({ name, template: body, path, context }, name, undefined);
    return stage ? [stage] : [];
  }

  /** `a@x` means member x of the group a, so a plain stage cannot be called that. */
  #refuseAtSigns(names: readonly string[], stages: ValueMap, found: readonly Stage[]): void {
    for (const name of names) {
      const body = stages.get(name);
      if (!name.includes('@') || (isMap(body) && (body.has('foreach') || body.has('matrix')))) continue;
      const member = found.find((stage) => stage.name === name);
      // To DVC such a stage is the member once more, which does no harm when it writes nothing.
      if (this.#format === 'dvc' && member?.outs.length === 0) continue;
      const title = member
        ? `the stage '${name}' is declared twice: by itself and as a member of ${member.group}`
        : `the stage name '${name}' holds an @, which is kept for the members of foreach and matrix`;
      this.#report({ code: 'bad-stage-name', title }, ['stages', name], 'key');
    }
  }

  #members(expand: (input: ExpandInput) => readonly Member[], context: Context): readonly Member[] {
    return expand({
      context: context.values,
      format: this.#format,
      fault: (at, fault, part) => this.#fault(at, fault, part),
      report: (at, title, hint) => this.#report({ code: 'bad-expansion', title, ...(hint && { hint }) }, at),
    });
  }

  #defaults(data: Value, path: ValuePath, input: ExpandInput): ValueMap | undefined {
    const before = this.problems.length;
    const value = resolveTree(data, input.context, { composite: true }, path, input.fault);
    if (isMap(value)) return stringKeys(value);
    if (this.problems.length === before) input.report(path, "'defaults' must be a mapping");
    return undefined;
  }

  #build(declaration: Declaration, members: readonly Member[]): Stage[] {
    // DVC does not look at a template that nothing is made of.
    if (members.length > 0 || this.#format === 'pipe')
      this.#checkSyntax(declaration.template, declaration.path);
    return members.flatMap((member) => {
      const name = `${declaration.name}@${member.key}`;
      if (member.key.includes('@')) {
        const title = `the member '${member.key}' of ${declaration.name} holds an @, which cannot be part of a stage name`;
        this.#report({ code: 'bad-stage-name', title }, declaration.path, 'key');
        return [];
      }
      const stage = this.#buildOne(declaration, name, member);
      return stage ? [stage] : [];
    });
  }

  #buildOne(declaration: Declaration, name: string, member: Member | undefined): Stage | undefined {
    const { template, path } = declaration;
    const before = this.problems.length;
    let { context } = declaration;
    if (member) {
      const values = new Map(context.values);
      values.set('item', member.item);
      if (member.named) values.set('key', member.key);
      context = { ...context, values };
    }
    const stageVars = listOf(template.get('vars'));
    if (stageVars.length > 0) {
      const extended = this.#withStageVars(declaration, name, context, stageVars, member);
      if (!extended) return undefined;
      context = extended;
    }
    const resolved = new Map<Scalar, Value>();
    for (const [key, value] of template) {
      if (key === 'vars') continue;
      const options = key === 'cmd' ? { flags: this.#options.flags } : {};
      resolved.set(key, this.#resolve(value, context, options, [...path, key]));
    }
    if (this.problems.length > before) return undefined;
    return buildStage({
      root: this.#options.at.root,
      kind: this.#options.at.kind,
      file: this.#file,
      format: this.#format,
      name,
      group: member ? declaration.name : null,
      item: member?.item,
      map: resolved,
      path,
      place: this.#source.place(['stages', declaration.name], 'key'),
      report: (problem, at) => this.#report(problem, at),
    });
  }

  #withStageVars(
    { template, path }: Declaration,
    name: string,
    context: Context,
    vars: readonly Value[],
    member: Member | undefined,
  ): Context | undefined {
    const here = [...path, 'vars'];
    this.#refuseTemplates(vars, here);
    const before = this.problems.length;
    const declared = template.get('wdir');
    const wdir = declared === undefined ? '' : this.#resolve(declared, context, {}, [...path, 'wdir']);
    if (this.problems.length > before) return undefined;
    const folder =
      wdir === '' ? this.#folder : workspacePath(this.#options.at.root, this.#folder, textOf(wdir));
    const reserved = member ? ['item', ...(member.named ? ['key'] : [])] : [];
    try {
      return this.#overlaid(
        withVars(context, vars, this.#varsOrigin(here, `${name}.vars`, folder, reserved)),
      );
    } catch (error) {
      if (!(error instanceof PipeError)) throw error;
      for (const problem of error.problems) this.#add(problem);
      return undefined;
    }
  }

  #resolve(value: Value, context: Context, options: TemplateOptions, path: ValuePath): Value {
    return resolveTree(value, context.values, options, path, (at, fault, part) =>
      this.#fault(at, fault, part),
    );
  }

  #checkSyntax(template: ValueMap, path: ValuePath): void {
    checkTree(template, path, (at, fault, part) => this.#fault(at, fault, part));
  }

  #refuseTemplates(value: Value, path: ValuePath): void {
    if (typeof value === 'string') {
      if (isTemplate(value))
        this.#report({ code: 'bad-vars', title: 'templates cannot be used inside of vars' }, path);
    } else if (isList(value))
      for (const [index, item] of value.entries()) this.#refuseTemplates(item, [...path, index]);
    else if (isMap(value)) {
      for (const [key, item] of value) {
        if (typeof key === 'string' && isTemplate(key))
          this.#report(
            { code: 'bad-vars', title: 'templates cannot be used inside of vars' },
            [...path, key],
            'key',
          );
        this.#refuseTemplates(item, [...path, key]);
      }
    }
  }

  #fault(path: ValuePath, fault: TemplateFault, part: 'key' | 'value'): void {
    const { missing } = fault;
    const suggestion = missing && didYouMean(missing.name, missing.known);
    const shell =
      missing && /^[A-Z_][A-Z0-9_]*$/.test(missing.name)
        ? `write \\\${${missing.name}} for a variable of the shell`
        : undefined;
    const hint = suggestion ?? shell;
    this.#add({
      code: fault.code,
      title: fault.title,
      ...(hint && { hint }),
      place: this.#source.place(path, part, fault.text),
    });
  }

  #report(problem: Omit<Problem, 'place'>, path: ValuePath, part: 'key' | 'value' = 'value'): void {
    this.#add({ ...problem, place: this.#source.place(path, part) });
  }

  /** Members of one declaration share their mistakes: each is told once. */
  #add(problem: Problem): void {
    const identity = JSON.stringify([
      problem.code,
      problem.title,
      problem.place?.line,
      problem.place?.column,
    ]);
    if (this.#reported.has(identity)) return;
    this.#reported.add(identity);
    this.problems.push(problem);
  }
}

const isFalsy = (value: Value): boolean => !value || (isList(value) && value.length === 0);

const listOf = (value: Value | undefined): readonly Value[] => (isList(value) ? value : []);
