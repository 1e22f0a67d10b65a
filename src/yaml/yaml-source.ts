// The values of a YAML text and their places: from the fast reader where the text is simple, else from the full one.
// Knows nothing of pipelines.
import type { Place } from '../base/problem.ts';
import type { Value, ValuePath } from '../base/value.ts';
import { readFullYaml, type DuplicateKeys, type FullYaml } from './full-yaml.ts';
import { readSimpleYaml, type Block, type SimpleYaml } from './simple-yaml.ts';
import { placer, stripBom } from './text-place.ts';

/**
 * The place of the value at a path, or of the nearest one around it that exists; `key`: of the key rather than the value;
 * `within`: of this text in the value, if the value is written there as it is.
 */
export type PlaceOf = (path: ValuePath, part?: 'key' | 'value', within?: string) => Place;

/** A parsed file. */
export interface YamlSource {
  readonly file: string;
  /** Null for an empty file. */
  readonly value: Value;
  readonly place: PlaceOf;
}

/**
 * @param file its name in messages; @param duplicateKeys `last`: the last of equal keys counts, as in JSON.
 * @throws PipeError with every syntax error of the text.
 */
export function readYaml(text: string, file: string, duplicateKeys: DuplicateKeys = 'refused'): YamlSource {
  const source = stripBom(text);
  const placeOf = placer(source, file);
  const simple = readSimpleYaml(source);
  let full = simple ? undefined : readFullYaml(source, placeOf, duplicateKeys);
  // Most places are for problems, so only the full reader records all of them. Of a simple text it reads the lines around one alone:
  // the syntax of a large text takes many times its size.
  let around: { readonly block: Block; readonly full: FullYaml } | undefined;
  const offsetOf = (path: ValuePath, part: 'key' | 'value'): number => {
    const [above, block] = blockAround(simple, path);
    if (!block) {
      full ??= readFullYaml(source, placeOf, duplicateKeys);
      return full.offset(path, part);
    }
    if (around?.block.start !== block.start || around.block.end !== block.end)
      around = { block, full: readFullYaml(source.slice(block.start, block.end), placeOf, duplicateKeys) };
    const [first, ...rest] = path.slice(above);
    return block.start + around.full.offset([typeof first === 'number' ? 0 : first!, ...rest], part);
  };
  return {
    file,
    value: simple ? simple.value : full!.value,
    place(path, part = 'value', within = '') {
      const known =
        path.length === 0 && within === '' ? 0 : part === 'key' ? simple?.keyOffset(path) : undefined;
      if (known !== undefined) return placeOf(known);
      const offset = offsetOf(path, part);
      return placeOf(Math.max(offset, source.indexOf(within, offset)));
    },
  };
}

/** The lines of the innermost entry around a path that is known, and how many steps lead to the mapping or list that has it. */
function blockAround(simple: SimpleYaml | undefined, path: ValuePath): readonly [number, Block | undefined] {
  const inner = path.length > 1 ? simple?.block(path.slice(0, 2)) : undefined;
  return inner ? [1, inner] : [0, path.length > 0 ? simple?.block(path.slice(0, 1)) : undefined];
}
