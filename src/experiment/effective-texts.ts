// The parameter files of an experiment: those of the workspace, with its settings written into them.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { PipeError } from '../base/problem.ts';
import { didYouMean } from '../base/suggest.ts';
import { isMap } from '../base/spelling.ts';
import type { Value } from '../base/value.ts';
import { absolutePath, workspacePath, type WorkspacePath } from '../base/workspace-path.ts';
import { editParams } from '../pipeline/params/edit/edit-params.ts';
import { withValue, type ParamEdit } from '../pipeline/params/edit/param-edit.ts';
import { parseSetting } from '../pipeline/params/overlay-setting.ts';
import { sourceIn, type ParamSource } from '../pipeline/params/param-sources.ts';
import { DEFAULT_PARAMS_FILE } from '../pipeline/template/context.ts';
import { decode } from '../yaml/read-text.ts';

export interface SettingPlace {
  /** Absolute root of the project. */
  readonly root: string;
  /** The current folder: a file in a setting is relative to it. */
  readonly folder: WorkspacePath;
  readonly sources: readonly ParamSource[];
}

/**
 * @param settings `key=value`, `FILE:key=value`, `+key=value` for a new key, `~key`. A setting without a file is written into
 * every file that has its key. @returns the texts of the files that change.
 * @throws PipeError for a key that no file has.
 */
export function effectiveTexts(
  settings: readonly string[],
  place: SettingPlace,
): ReadonlyMap<WorkspacePath, string> {
  const edits = new Map<WorkspacePath, ParamEdit[]>();
  for (const setting of settings)
    for (const { file, edit } of editsOf(setting, place)) {
      const known = edits.get(file);
      if (known) known.push(edit);
      else edits.set(file, [edit]);
    }
  return new Map([...edits].map(([file, of]) => [file, editParams(textOf(file, place.root), file, of)]));
}

/** Whether what a setting means depends on the current folder: it names a file, or a new key. */
export const isRelative = (setting: string): boolean => /^\+|^[^=]+:/.test(setting);

function textOf(file: WorkspacePath, root: string): string {
  return decode(readFileSync(absolutePath(root, file)), file, 'params-unreadable');
}

interface FileEdit {
  readonly file: WorkspacePath;
  readonly edit: ParamEdit;
}

function editsOf(setting: string, place: SettingPlace): readonly FileEdit[] {
  const { file, edit } = readSetting(setting, place);
  const sources = sourcesFor(file, edit, place, setting);
  const found = sources.filter(({ values }) => withValue(values, edit) !== undefined);
  if (found.length === 0) throw unknownProblem(setting, edit, sources);
  return found.map((source) => ({
    file: source.file,
    edit: { ...edit, steps: [...source.prefix, ...edit.steps] },
  }));
}

function readSetting(
  setting: string,
  { root, folder }: SettingPlace,
): { readonly file: WorkspacePath | undefined; readonly edit: ParamEdit } {
  const [, sign = '', head = '', rest = ''] = /^(~|\+{0,2})([^=]*)(=.*)?$/s.exec(setting)!;
  const colon = head.lastIndexOf(':');
  const file = colon > 0 ? workspacePath(root, folder, head.slice(0, colon)) : undefined;
  const { steps, value } = parseSetting(`${sign === '~' ? '~' : ''}${head.slice(colon + 1)}${rest}`);
  return { file, edit: { steps, value, ...(sign.startsWith('+') && { adds: true }) } };
}

function sourcesFor(
  file: WorkspacePath | undefined,
  { adds }: ParamEdit,
  { root, folder, sources }: SettingPlace,
  setting: string,
): readonly ParamSource[] {
  if (file === undefined && !adds) return sources;
  // A new key has to be written somewhere: as in DVC, into the file of the usual name.
  const only = file ?? workspacePath(root, folder, DEFAULT_PARAMS_FILE);
  const known = sources.filter((source) => source.file === only && source.prefix.length === 0);
  if (known.length > 0) return known;
  const source = sourceIn(root, only);
  if (source) return [source];
  // Of a record of an earlier version, which may have been made in another folder of the project.
  if (folder !== '.' && file !== undefined)
    return sourcesFor(
      relative(folder, file) as WorkspacePath,
      { steps: [], value: undefined, ...(adds && { adds }) },
      { root, folder: '.' as WorkspacePath, sources },
      setting,
    );
  throw new PipeError({
    code: 'bad-overlay',
    title: `-S ${setting}: there is no parameter file '${only}'`,
    hint: 'name a file that exists: -S params.yaml:lr=0.1',
  });
}

/** With the names beside the first step that no file has. */
function unknownProblem(
  setting: string,
  { steps, value }: ParamEdit,
  sources: readonly ParamSource[],
): PipeError {
  let known = 0;
  let names: string[] = [];
  for (const { values } of sources) {
    let at: Value | undefined = values;
    let depth = 0;
    while (isMap(at) && depth < steps.length && at.has(steps[depth]!)) at = at.get(steps[depth++]!);
    if (depth > known) names = [];
    if (depth >= known && isMap(at)) names.push(...[...at.keys()].map(String));
    known = Math.max(known, depth);
  }
  const files = [...new Set(sources.map(({ file }) => file))];
  const name = steps
    .slice(0, known + 1)
    .map(String)
    .join('.');
  return new PipeError({
    code: 'unknown-parameter',
    title: files.length === 0 ? 'the project has no parameter file' : `no parameter file has '${name}'`,
    facts: [['given', `-S ${setting}`], ...(files.length > 0 ? [['files', files.join(', ')] as const] : [])],
    hint:
      didYouMean(String(steps[known]), names) ??
      (value === undefined
        ? 'there is nothing to take out'
        : `add the key to a file first, or write it with -S +${setting}`),
  });
}
