// The texts of parameter files that give them the values of an experiment: only what differs is edited.
import { PipeError } from '../base/problem.ts';
import { canonicalJson, isList, isMap, spellScalar } from '../base/spelling.ts';
import type { Scalar, Value, ValuePath } from '../base/value.ts';
import type { ExperimentRecord } from './record.ts';
import type { WorkspacePath } from '../base/workspace-path.ts';
import { editParams } from '../pipeline/params/edit/edit-params.ts';
import type { ParamEdit } from '../pipeline/params/edit/param-edit.ts';
import type { ParamSource } from '../pipeline/params/param-sources.ts';

/**
 * Keys that only the present files have stay, but those that the experiment took out.
 * @param wanted whole files, as a record has them; @param overlays its settings; @param sources the present values; @param textOf the present text of a file.
 * @returns the texts of the files that change. @throws PipeError for a file that is missing, or cannot be edited.
 */
export function wantedTexts(
  { params: wanted, overlays }: Pick<ExperimentRecord, 'params' | 'overlays'>,
  sources: readonly ParamSource[],
  textOf: (file: WorkspacePath) => string | undefined,
): ReadonlyMap<WorkspacePath, string> {
  const texts = new Map<WorkspacePath, string>();
  const taken = new Set(
    overlays.filter((text) => text.startsWith('~')).map((text) => text.replace(/^~(?:.*:)?/, '')),
  );
  const isMeant = ({ steps, value }: ParamEdit, { prefix }: ParamSource): boolean =>
    value !== undefined || taken.has(steps.slice(prefix.length).map(String).join('.'));
  for (const [file, values] of wanted) {
    const at = file as WorkspacePath;
    const text = textOf(at);
    if (text === undefined) throw missingProblem(file);
    const inFile = sources.filter((source) => source.file === file);
    const whole = keyedAs(
      values,
      inFile.map((source) => source.values),
    );
    const edits = inFile.flatMap((source) => {
      const others = inFile.filter((other) => other !== source).map((other) => other.values);
      return editsOf(source, ownPart(whole, source.values, others)).filter((edit) => isMeant(edit, source));
    });
    const next = editParams(text, file, edits);
    if (next !== text) texts.set(at, next);
  }
  return texts;
}

/** With keys of the kinds that they have in the files: records have the texts of keys alone, of `{0: 1.5}` too. */
function keyedAs(wanted: Value, files: readonly (Value | undefined)[]): Value {
  if (isList(wanted)) {
    const lists = files.filter((value) => value !== undefined && isList(value));
    return wanted.map((item, index) =>
      keyedAs(
        item,
        lists.map((list) => list[index]),
      ),
    );
  }
  if (!isMap(wanted)) return wanted;
  const maps = files.filter((value) => value !== undefined && isMap(value));
  const known = new Map(maps.flatMap((map) => [...map.keys()].map((key) => [textOfKey(key), key] as const)));
  return new Map(
    [...wanted].map(([text, item]) => {
      const found = maps.some((map) => map.has(text)) ? undefined : known.get(textOfKey(text));
      // Null is a key, too.
      const key = found === undefined ? text : found;
      return [
        key,
        keyedAs(
          item,
          maps.map((map) => map.get(key)),
        ),
      ] as const;
    }),
  );
}

/** As JSON has it. */
const textOfKey = (key: Scalar): string => (key === null ? 'null' : spellScalar(key));

/** Without the keys of mappings that another item of `vars` has. */
function ownPart(wanted: Value, own: Value, others: readonly Value[]): Value {
  const maps = others.filter(isMap);
  if (!isMap(wanted) || !isMap(own) || maps.length === 0) return wanted;
  return new Map(
    [...wanted].flatMap(([key, value]) => {
      const elsewhere = maps.flatMap((map) => map.get(key) ?? []);
      const mine = own.get(key);
      if (mine !== undefined) return [[key, ownPart(value, mine, elsewhere)] as const];
      return elsewhere.length > 0 ? [] : [[key, value] as const];
    }),
  );
}

/** Of `vars` in a pipeline file, which has several: only the keys that are in this one. */
function editsOf({ prefix, values }: ParamSource, wanted: Value): readonly ParamEdit[] {
  if (prefix.length === 0 || !isMap(wanted)) return editsBetween(values, wanted, prefix);
  return [...values].flatMap(([key, value]) => editsBetween(value, wanted.get(key), [...prefix, key]));
}

function editsBetween(
  now: Value | undefined,
  wanted: Value | undefined,
  steps: ValuePath,
): readonly ParamEdit[] {
  if (now !== undefined && wanted !== undefined) {
    if (canonicalJson(now) === canonicalJson(wanted)) return [];
    if (isMap(now) && isMap(wanted))
      return [...new Set([...now.keys(), ...wanted.keys()])].flatMap((key) =>
        editsBetween(now.get(key), wanted.get(key), [...steps, key]),
      );
    if (isList(now) && isList(wanted) && now.length === wanted.length)
      return now.flatMap((item, index) => editsBetween(item, wanted[index], [...steps, index]));
  }
  return [{ steps, value: wanted, ...(now === undefined && { adds: true }) }];
}

function missingProblem(file: string): PipeError {
  return new PipeError({
    code: 'exp-file-missing',
    title: `the experiment has values of '${file}', which does not exist here`,
    hint: 'go to the commit that the experiment was made at (`pipe exp show` prints it)',
  });
}
