// The names that the templates of a pipeline file, a stage and a member of a group can use.
import { absolutePath, workspacePath, type WorkspacePath } from '../base/workspace-path.ts';
import { PipeError } from '../base/problem.ts';
import { isList } from '../base/spelling.ts';
import type { Value, ValueMap, ValuePath } from '../base/value.ts';
import { textOf } from './build-stage.ts';
import type { FileReport } from './file-report.ts';
import type { LoadOptions } from './load-options.ts';
import type { OverlayMerge } from './params/overlay-merge.ts';
import type { StageOwner } from './stage-owner.ts';
import { withStringKeys, withVars, type Context, type VarsOrigin } from './template/context.ts';
import type { Member } from './template/expansion.ts';

/** The context with the values of the overlay. */
export function withOverlay(context: Context, overlay: OverlayMerge): Context {
  return overlay.empty ? context : { ...context, values: overlay.apply(context.values) };
}

/** @param path of the list of `vars` in the file; @param name of the list in messages; @param folder of its paths. */
export function varsOrigin(
  report: FileReport,
  root: string,
  path: ValuePath,
  name: string,
  folder: WorkspacePath,
  reserved: readonly string[] = [],
): VarsOrigin {
  return {
    folder: absolutePath(root, folder),
    shownFolder: folder,
    name,
    reserved,
    place: (index, inner, part) => report.source.place([...path, index, ...inner], part),
  };
}

/** Adds `item`, `key` and `keys` of a member of a foreach or matrix. */
export function withMember(context: Context, member: Member): Context {
  const values = new Map(context.values);
  values.set('item', context.format.stringKeysOnly ? withStringKeys(member.item) : member.item);
  if (member.named) values.set('key', member.key);
  if (member.keys) values.set('keys', [...member.keys]);
  return { ...context, values };
}

/** A stage with `vars` of its own. */
export interface StageVars {
  readonly owner: StageOwner;
  readonly name: string;
  readonly template: ValueMap;
  /** Path of `template` in the file. */
  readonly path: ValuePath;
  readonly member: Member | undefined;
}

/** Adds `vars` of a stage. @returns undefined where they have problems, which were reported. */
export function withStageVars(
  context: Context,
  { owner, name, template, path, member }: StageVars,
  { at, overlay }: LoadOptions,
  report: FileReport,
): Context | undefined {
  const vars = template.get('vars');
  if (!isList(vars) || vars.length === 0) return context;
  const here = [...path, 'vars'];
  report.refuseTemplates(vars, here);
  const before = report.problems.length;
  const declared = template.get('wdir');
  const wdir: Value =
    declared === undefined ? '' : report.resolve(declared, context.values, {}, [...path, 'wdir']);
  if (report.problems.length > before) return undefined;
  const folder = wdir === '' ? owner.folder : workspacePath(at.root, owner.folder, textOf(wdir));
  const reserved = member ? ['item', ...(member.named ? ['key'] : []), ...(member.keys ? ['keys'] : [])] : [];
  try {
    const origin = varsOrigin(report, at.root, here, `${name}.vars`, folder, reserved);
    return withOverlay(report.noteFiles(withVars(context, vars, origin)), overlay);
  } catch (error) {
    if (!(error instanceof PipeError)) throw error;
    for (const problem of error.problems) report.add(problem);
    return undefined;
  }
}
