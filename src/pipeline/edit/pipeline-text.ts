// The text of a pipeline file to be edited, with its value and the ranges of its parts. An edit is accepted only if the value
// of the new text is the expected one (`unexpected`).
import { formatOf } from '../format/format-of.ts';
import type { CST, Document } from 'yaml';
import { entryNamed, mappingOf, type Entry, type Mapping } from '../../yaml/mapping.ts';
import { loadPackage } from '../../base/load-package.ts';
import { PipeError, type Place } from '../../base/problem.ts';
import { canonicalJson, isMap, spellScalar } from '../../base/spelling.ts';
import { placer, stripBom } from '../../yaml/text-place.ts';
import { shortened } from './shortened.ts';
import { validatePipeline } from '../format/validate.ts';
import type { Scalar, Value, ValueMap } from '../../base/value.ts';
import { readYaml, type YamlSource } from '../../yaml/yaml-source.ts';

export interface PipelineText {
  readonly text: string;
  readonly file: string;
  readonly value: ValueMap;
  readonly source: YamlSource;
  /** The syntax of the whole; undefined for a file with only comments. */
  readonly token: CST.Token | undefined;
  /** Undefined if the file is not a mapping. */
  readonly top: Mapping | undefined;
  /** The entry of `stages` itself. */
  readonly stages: Entry | undefined;
  readonly placeAt: (offset: number) => Place;
}

/** @throws PipeError for a text that is not valid YAML, as loading it does. */
export function openText(text: string, file: string): PipelineText {
  const source = readYaml(text, file);
  const document = loadPackage('yaml').parseDocument(text, {
    schema: 'failsafe',
    uniqueKeys: false,
    keepSourceTokens: true,
  }) as Document;
  const top = mappingOf(document.contents);
  return {
    text,
    file,
    value: isMap(source.value) ? source.value : new Map<Scalar, Value>(),
    source,
    token: document.contents?.srcToken,
    top,
    stages: entryNamed(top, 'stages'),
    placeAt: placer(text, file),
  };
}

/** @param stages that the edit is about; @param edit returns the new text; a byte order mark is kept. */
export function editText(text: string, stages: readonly string[], edit: (text: string) => string): string {
  const bare = stripBom(text);
  return text.slice(0, text.length - bare.length) + (editShortened(bare, stages, edit) ?? edit(bare));
}

/** @returns undefined where the whole text is needed: it cannot be shortened, or the edit is refused with places in it. */
function editShortened(
  text: string,
  stages: readonly string[],
  edit: (text: string) => string,
): string | undefined {
  const short = shortened(text, stages);
  try {
    return short?.restored(edit(short.text));
  } catch (error) {
    if (error instanceof PipeError) return undefined;
    throw error;
  }
}

/** The mapping of `stages`. @throws PipeError as loading does if it is not a mapping; `refused` for an alias. */
export function writtenStages(at: PipelineText): Mapping | undefined {
  if (!at.stages && !at.value.has('stages') && (at.top || !at.token)) return undefined;
  const mapping = mappingOf(at.stages?.value ?? null);
  if (mapping) return mapping;
  throw isMap(at.value.get('stages'))
    ? refused(at, at.stages?.start ?? 0, '`stages` is an alias of another part')
    : invalid(at);
}

/** The problems that loading the file has. */
export function invalid(at: PipelineText): PipeError {
  const problems = validatePipeline(at.source, formatOf(at.file));
  return problems.length > 0 ? new PipeError(problems) : refused(at, 0, 'the file is not a mapping');
}

/** @throws PipeError when the file has no stage of this name that it declares itself. */
export function declaredStage(at: PipelineText, name: string): Entry {
  const entry = entryNamed(writtenStages(at), name);
  if (entry) return entry;
  const stages = at.value.get('stages');
  const names = isMap(stages) ? [...stages.keys()].map(spellScalar) : [];
  if (names.includes(name))
    throw refused(at, at.stages!.start, `'${name}' is merged into \`stages\` by \`<<\``);
  const group = name.split('@', 1)[0]!;
  throw new PipeError({
    code: 'stage-not-declared',
    title: `${at.file} does not declare a stage '${name}'`,
    ...(names.length > 0 && { facts: [['declared', names.join(', ')]] as const }),
    hint: names.includes(group)
      ? `'${group}' generates it: give that name, for all its members`
      : 'check the name',
    place: { file: at.file },
  });
}

/** The stages whose value differs from the expected one; undefined if something else differs. */
export function unexpected(next: ValueMap, expected: ValueMap): readonly string[] | undefined {
  if (canonicalJson(next) === canonicalJson(expected)) return [];
  const [now, wanted] = [stagesOf(next), stagesOf(expected)];
  const names = [...new Set([...now.keys(), ...wanted.keys()])].filter((name) => {
    const [a, b] = [now.get(name), wanted.get(name)];
    return a === undefined || b === undefined || canonicalJson(a) !== canonicalJson(b);
  });
  return names.length > 0 ? names.map(spellScalar) : undefined;
}

export function stagesOf(value: ValueMap): ValueMap {
  const stages = value.get('stages');
  return isMap(stages) ? stages : new Map<Scalar, Value>();
}

/** The map with another value for a key; without the key if the value is undefined. */
export function withKey(map: ValueMap, key: Scalar, value: Value | undefined): ValueMap {
  const next = new Map(map);
  if (value === undefined) next.delete(key);
  else next.set(key, value);
  return next;
}

export function refused(at: PipelineText, offset: number, why: string, hint?: string): PipeError {
  return new PipeError({
    code: 'edit-refused',
    title: `the file cannot be edited here: ${why}`,
    hint: hint ?? 'edit the file by hand; nothing was changed',
    place: at.placeAt(offset),
  });
}
