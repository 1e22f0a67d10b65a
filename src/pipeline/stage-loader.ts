// Loads the stages of one pipeline file: expands each declaration into its members, resolves and builds each member.
import { BrokenLines } from './commands/broken-lines.ts';
import { buildStage } from './build-stage.ts';
import type { Context } from './template/context.ts';
import { describe, type ExpandInput, type Member } from './template/expansion.ts';
import { expandForeach } from './template/foreach.ts';
import { expandMatrix } from './template/matrix.ts';
import type { FileReport } from './file-report.ts';
import type { LoadOptions } from './load-options.ts';
import { withMember, withStageVars } from './stage-context.ts';
import type { Place } from '../base/problem.ts';
import { isFixed, resolveTree } from './template/resolve-tree.ts';
import { isMap } from '../base/spelling.ts';
import { fitYoungGeneration } from '../base/young-generation.ts';
import type { Stage } from './stage.ts';
import type { StageOwner } from './stage-owner.ts';
import type { TemplateOptions } from './template/template.ts';
import type { Scalar, Value, ValueMap, ValuePath } from '../base/value.ts';

/** What the members of one declaration share. */
interface Declaration {
  readonly name: string;
  readonly template: ValueMap;
  /** Path of `template` in the file. */
  readonly path: ValuePath;
  readonly context: Context;
  readonly place: Place;
  /** Keys of `template` whose values contain no templates: the same for all members. */
  readonly fixed: ReadonlySet<Scalar>;
}

export class StageLoader {
  readonly #owner: StageOwner;
  readonly #options: LoadOptions;
  readonly #report: FileReport;
  readonly #inCommand: TemplateOptions;
  readonly #brokenLines: BrokenLines;

  constructor(owner: StageOwner, options: LoadOptions, report: FileReport) {
    this.#owner = owner;
    this.#options = options;
    this.#report = report;
    this.#inCommand = { flags: options.flags };
    this.#brokenLines = new BrokenLines(owner.format, report);
  }

  load(stages: ValueMap, context: Context): Stage[] {
    const found = [...stages].flatMap(([name, body]) =>
      this.#expand(String(name), body as ValueMap, context),
    );
    this.#refuseAtSigns(stages, found);
    this.#brokenLines.report();
    return found;
  }

  #expand(name: string, body: ValueMap, context: Context): Stage[] {
    const path = ['stages', name];
    const place = this.#report.source.place(path, 'key');
    if (body.has('foreach')) {
      const template = body.get('do') as ValueMap;
      const members = this.#members(
        (input) => expandForeach(body.get('foreach')!, [...path, 'foreach'], input),
        context,
      );
      const fixed = fixedKeys(template);
      return this.#build({ name, template, path: [...path, 'do'], context, place, fixed }, members);
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
      return this.#build({ name, template, path, context, place, fixed: fixedKeys(template) }, members);
    }
    if (body.has('defaults')) {
      const title = `'defaults' of ${name} needs a 'matrix' beside it`;
      this.#report.report({ code: 'bad-expansion', title }, [...path, 'defaults'], 'key');
    }
    if (name.includes('@')) return [];
    this.#report.checkSyntax(body, path);
    const declaration = { name, template: body, path, context, place, fixed: fixedKeys(body) };
    const stage = this.#buildOne(declaration, name, undefined);
    return stage ? [stage] : [];
  }

  /** `a@x` means member x of the group a, so a plain stage cannot be called that. */
  #refuseAtSigns(stages: ValueMap, found: readonly Stage[]): void {
    for (const [key, body] of stages) {
      const name = String(key);
      if (!name.includes('@') || (isMap(body) && (body.has('foreach') || body.has('matrix')))) continue;
      const member = found.find((stage) => stage.name === this.#owner.prefix + name);
      if (this.#owner.format.repeatsMembers && member?.outs.length === 0) continue;
      const title = member
        ? `the stage '${name}' is declared twice: by itself and as a member of ${member.group}`
        : `the stage name '${name}' contains an @, which is reserved for the members of foreach and matrix`;
      this.#report.report({ code: 'bad-stage-name', title }, ['stages', name], 'key');
    }
  }

  #members(expand: (input: ExpandInput) => readonly Member[], context: Context): readonly Member[] {
    return expand({
      context: context.values,
      format: this.#owner.format,
      fault: (at, fault, part) => this.#report.fault(at, fault, part),
      report: (at, title, hint) =>
        this.#report.report({ code: 'bad-expansion', title, ...(hint && { hint }) }, at),
    });
  }

  #defaults(data: Value, path: ValuePath, input: ExpandInput): ValueMap | undefined {
    const before = this.#report.problems.length;
    const value = resolveTree(data, input.context, { composite: true }, path, input.fault);
    if (isMap(value)) {
      for (const key of value.keys())
        if (typeof key !== 'string')
          input.report(path, `a key of 'defaults' must be a string, got ${describe(key)}`);
      return value;
    }
    if (this.#report.problems.length === before) input.report(path, "'defaults' must be a mapping");
    return undefined;
  }

  #build(declaration: Declaration, members: readonly Member[]): Stage[] {
    if (members.length > 0 || !this.#owner.format.skipsUnusedTemplates)
      this.#report.checkSyntax(declaration.template, declaration.path);
    fitYoungGeneration({ stages: members.length });
    return members.flatMap((member) => {
      const name = `${declaration.name}@${member.key}`;
      if (member.key.includes('@')) {
        const title = `the member '${member.key}' of ${declaration.name} contains an @, which cannot be part of a stage name`;
        this.#report.report({ code: 'bad-stage-name', title }, declaration.path, 'key');
        return [];
      }
      const stage = this.#buildOne(declaration, name, member);
      return stage ? [stage] : [];
    });
  }

  #buildOne(declaration: Declaration, name: string, member: Member | undefined): Stage | undefined {
    const { template, path } = declaration;
    const before = this.#report.problems.length;
    const context = this.#contextOf(declaration, name, member);
    if (!context) return undefined;
    let lines: readonly string[] | undefined;
    const inCommand = { ...this.#inCommand, onLines: (found: readonly string[]) => (lines = found) };
    const resolved = new Map<Scalar, Value>();
    for (const [key, value] of template) {
      if (key === 'vars') continue;
      const options = key === 'cmd' ? inCommand : {};
      resolved.set(
        key,
        declaration.fixed.has(key)
          ? value
          : this.#report.resolve(value, context.values, options, [...path, key]),
      );
    }
    if (this.#report.problems.length > before) return undefined;
    const stage = buildStage({
      root: this.#options.at.root,
      rules: this.#options.at.loading,
      owner: this.#owner,
      name: this.#owner.prefix + name,
      group: member ? this.#owner.prefix + declaration.name : null,
      item: member?.item,
      map: resolved,
      lines,
      path,
      place: declaration.place,
      report: (problem, at) => this.#report.report(problem, at),
    });
    this.#brokenLines.look(stage, template.get('cmd'), [...path, 'cmd']);
    return stage;
  }

  #contextOf(
    { context, template, path }: Declaration,
    name: string,
    member: Member | undefined,
  ): Context | undefined {
    return withStageVars(
      member ? withMember(context, member) : context,
      { owner: this.#owner, name, template, path, member },
      this.#options,
      this.#report,
    );
  }
}

function fixedKeys(template: ValueMap): ReadonlySet<Scalar> {
  const fixed = new Set<Scalar>();
  for (const [key, value] of template) if (isFixed(value)) fixed.add(key);
  return fixed;
}
