// Changes values in the text of a parameter file: only the bytes of the values that change. The new text is accepted only if its
// values are exactly those that were asked for.
import { extname } from 'node:path';
import { PipeError } from '../../../base/problem.ts';
import { canonicalJson } from '../../../base/spelling.ts';
import type { Value } from '../../../base/value.ts';
import { parseParamsFile } from '../params-file.ts';
import { editJson, editYaml } from './edit-yaml.ts';
import { editPython } from './edit-python.ts';
import { editToml } from './edit-toml.ts';
import { valueAt, withValue, type ParamEdit } from './param-edit.ts';

/** @returns undefined where the text cannot be edited at this place. */
export type EditText = (text: string, edit: ParamEdit) => string | undefined;

/**
 * @param file its name in messages, which ends as the format requires.
 * @throws PipeError for a file that cannot be parsed, or that cannot be edited without changing something else.
 */
export function editParams(text: string, file: string, edits: readonly ParamEdit[]): string {
  const bare = text.startsWith('\uFEFF') ? text.slice(1) : text;
  let next = bare;
  for (const edit of edits) next = editOnce(next, file, edit);
  return text.slice(0, text.length - bare.length) + next;
}

function editOnce(text: string, file: string, edit: ParamEdit): string {
  const before = valuesIn(text, file);
  const wanted = withValue(before, edit);
  if (wanted === undefined) throw refused(file, edit);
  if (canonicalJson(wanted) === canonicalJson(before)) return text;
  const editText = editorOf(file);
  // A place that cannot be edited by itself is written with what is around it.
  for (let depth = edit.steps.length; depth > 0; depth -= 1) {
    const steps = edit.steps.slice(0, depth);
    const wider: ParamEdit = depth === edit.steps.length ? edit : { steps, value: valueAt(wanted, steps) };
    const next = editText(text, wider);
    if (next !== undefined && hasValues(next, file, wanted)) return next;
  }
  throw refused(file, edit);
}

function editorOf(file: string): EditText {
  switch (extname(file).toLowerCase()) {
    case '.json':
      return editJson;
    case '.toml':
      return editToml;
    case '.py':
      return editPython;
    default:
      return editYaml;
  }
}

export const valuesIn = (text: string, file: string): Value => parseParamsFile(Buffer.from(text), file).value;

function hasValues(text: string, file: string, wanted: Value): boolean {
  try {
    return canonicalJson(valuesIn(text, file)) === canonicalJson(wanted);
  } catch (error) {
    if (error instanceof PipeError) return false;
    throw error;
  }
}

function refused(file: string, { steps }: ParamEdit): PipeError {
  return new PipeError({
    code: 'edit-refused',
    title: `'${steps.map(String).join('.')}' cannot be set in ${file} without changing something else`,
    hint: 'edit the file by hand; nothing was changed',
    place: { file },
  });
}
