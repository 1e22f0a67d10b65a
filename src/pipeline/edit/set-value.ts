// Sets or removes one value of a YAML file by its path of keys. All other bytes stay; a mapping that the removal leaves empty is
// removed too.
import { endsInBlockScalar } from '../../yaml/block-scalar-end.ts';
import { afterEntry, insertLastInBlock, insertLastInFlow, insertLines } from '../../yaml/insert-entry.ts';
import { columnOf, lineEndStyle, lineStart } from '../../yaml/lines.ts';
import { entryNamed, isAlias, mappingOf, type Entry, type Mapping } from '../../yaml/mapping.ts';
import { removeEntry, removeLines } from '../../yaml/remove-entry.ts';
import { splice, type Edit } from '../../yaml/splice.ts';
import { blockEntry, flowEntry, type Plain } from '../../yaml/write-entry.ts';
import { writeString } from '../../yaml/write-scalar.ts';
import { canonicalJson, isMap } from '../../base/spelling.ts';
import type { Value, ValueMap } from '../../base/value.ts';
import { DEFAULT_LAYOUT, layoutOf } from './layout.ts';
import { editText, openText, refused, withKey, type PipelineText } from './pipeline-text.ts';

/** Keys from the top of the file; at least one. */
export type KeyPath = readonly string[];

/**
 * @param text undefined for a file that does not exist; @param file its name in messages; @param value undefined to remove it.
 * @throws PipeError when the file is not valid YAML, or something else would be changed too.
 */
export function setValue(
  text: string | undefined,
  file: string,
  path: KeyPath,
  value: Plain | undefined,
): string {
  return editText(text ?? '', stagesOn(path), (bare) => {
    const at = openText(bare, file);
    const shortest = value === undefined ? emptied(at.value, path) : path;
    if (shortest === undefined) return bare;
    const next = splice(bare, value === undefined ? removal(at, shortest) : insertion(at, path, value));
    const expected = withValue(at.value, shortest, value === undefined ? undefined : valueOf(value));
    if (canonicalJson(openText(next, file).value) === canonicalJson(expected)) return next;
    throw refused(at, 0, `'${path.join('.')}' cannot be changed without changing something else`);
  });
}

/** Gives a key of a mapping another name. @throws PipeError as `setValue` does, and where nothing is written at the path. */
export function renameKey(text: string, file: string, path: KeyPath, name: string): string {
  return editText(text, stagesOn(path), (bare) => {
    const at = openText(bare, file);
    const { entry, depth } = follow(at, path);
    if (!entry || depth < path.length - 1)
      throw refused(at, 0, `'${path.join('.')}' comes from another part by \`<<\``);
    const edit = { start: entry.keyStart, end: entry.keyEnd, text: writeString(name, 'flow') };
    const next = splice(bare, [edit]);
    const expected = withRenamed(at.value, path, name);
    if (canonicalJson(openText(next, file).value) === canonicalJson(expected)) return next;
    throw refused(at, entry.start, `'${path.join('.')}' cannot be renamed without changing something else`);
  });
}

/** The stage that a path leads into. */
const stagesOn = ([top, name]: KeyPath): readonly string[] =>
  top === 'stages' && name !== undefined ? [name] : [];

function withRenamed(map: ValueMap, [key, ...rest]: KeyPath, name: string): ValueMap {
  const inner = map.get(key!);
  return new Map(
    [...map].map(([known, value]) => {
      if (known !== key) return [known, value];
      return rest.length === 0
        ? [name, value]
        : [known, isMap(inner) ? withRenamed(inner, rest, name) : value];
    }),
  );
}

/** The path of what to remove: the value, or the outermost mapping that has nothing but it. */
function emptied(value: ValueMap, path: KeyPath): KeyPath | undefined {
  const [first, ...rest] = path;
  if (!value.has(first!)) return undefined;
  if (rest.length === 0) return path.slice(0, 1);
  const inner = value.get(first!);
  if (!isMap(inner)) return undefined;
  const below = emptied(inner, rest);
  if (below === undefined) return undefined;
  return below.length === 1 && inner.size === 1 ? [first!] : [first!, ...below];
}

interface Found {
  /** The innermost mapping of the path that is written; undefined for a file without any. */
  readonly mapping: Mapping | undefined;
  /** The entry that has the mapping as its value; undefined for the whole file. */
  readonly holder: Entry | undefined;
  /** The entry of the next key. */
  readonly entry: Entry | undefined;
  /** How many keys lead to the mapping. */
  readonly depth: number;
}

/** Follows the path as far as mappings are written. @throws PipeError where the path leads through an alias or another value. */
function follow(at: PipelineText, path: KeyPath): Found {
  let found: Found = { mapping: at.top, holder: undefined, entry: entryNamed(at.top, path[0]!), depth: 0 };
  if (!at.top && at.token) throw refused(at, 0, 'the file is not a mapping');
  while (found.entry && found.depth < path.length - 1) {
    const { entry, depth } = found;
    const mapping = mappingOf(entry.value);
    if (!mapping) {
      if (isEmpty(entry)) return found;
      const what = isAlias(entry.value) ? 'an alias of another part' : 'not a mapping';
      throw refused(at, entry.start, `\`${entry.key}\` is ${what}`);
    }
    found = { mapping, holder: entry, entry: entryNamed(mapping, path[depth + 1]!), depth: depth + 1 };
  }
  return found;
}

/** Nothing is written, or only `~` or `null`. */
const isEmpty = ({ valueStart, value }: Entry): boolean =>
  valueStart === undefined ||
  (value?.srcToken?.type === 'scalar' && /^(?:~|null)$/i.test(value.srcToken.source));

function insertion(at: PipelineText, path: KeyPath, value: Plain): readonly Edit[] {
  const { mapping, holder, entry, depth } = follow(at, path);
  const layout = layoutOf(at.text, at.token) ?? DEFAULT_LAYOUT;
  const key = path[depth]!;
  const nested = path.slice(depth + 1).reduceRight<Plain>((inner, name) => ({ [name]: inner }), value);
  const { text } = at;
  if (!mapping) return [insertLines(text, endOfEmpty(text), blockEntry(key, nested, 0, layout))];
  if (entry) return [replacement(text, mapping, entry, nested, layout)];
  const endsOpen = !text.endsWith('\n') && endsInBlockScalar(text, at.token, text.length);
  if (mapping.style === 'block') return [insertLastInBlock(text, mapping, key, nested, layout, endsOpen)];
  // `{}` on the line of its key is replaced by a block; other spellings are kept.
  const isBare = holder && text.startsWith(' {}', holder.headerEnd) && holder.headerEnd + 3 === holder.end;
  if (!isBare || at.top?.style === 'flow') return [insertLastInFlow(mapping, key, nested)];
  const column = columnOf(text, holder.start) + layout.step;
  return [
    { start: holder.headerEnd, end: holder.end, text: '' },
    insertLines(text, afterEntry(text, holder.end, column), blockEntry(key, nested, column, layout)),
  ];
}

function replacement(
  text: string,
  mapping: Mapping,
  { key, start, headerEnd, valueStart, end, value }: Entry,
  next: Plain,
  layout: typeof DEFAULT_LAYOUT,
): Edit {
  const isScalar = typeof next !== 'object' || next === null;
  const wasScalar = !mappingOf(value) && value?.srcToken?.type !== 'block-seq';
  if (isScalar && wasScalar) {
    // Without its key, to keep what precedes the value on the line.
    const [line] = mapping.style === 'flow' ? [flowEntry('k', next)] : blockEntry('k', next, 0, layout);
    return { start: valueStart ?? headerEnd, end, text: line!.slice(valueStart === undefined ? 2 : 3) };
  }
  if (mapping.style === 'flow') return { start, end, text: flowEntry(key, next) };
  const eol = lineEndStyle(text, start);
  const lines = blockEntry(key, next, columnOf(text, start), layout).join(eol).trimStart();
  return { start, end, text: lines + (text[end - 1] === '\n' ? eol : '') };
}

function removal(at: PipelineText, path: KeyPath): readonly Edit[] {
  const { mapping, holder, entry } = follow(at, path);
  const { text, token } = at;
  if (!mapping || !entry) throw refused(at, 0, `'${path.join('.')}' comes from another part by \`<<\``);
  const options = {
    withComments: true,
    keepsLineEnd: (end: number) => endsInBlockScalar(text, token, end),
  };
  // The last entry of the file: what is left are its comments.
  if (!holder && mapping.entries.length === 1 && mapping.style === 'block')
    return [removeLines(text, entry, options)];
  return removeEntry(text, mapping, entry, holder?.headerEnd ?? lineStart(text, entry.start), options);
}

/** The end of a text with only comments: before the marker of the document's end. */
const endOfEmpty = (text: string): number => /^\.\.\.[ \t\r]*$/m.exec(text)?.index ?? text.length;

function withValue(map: ValueMap, [key, ...rest]: KeyPath, value: Value | undefined): ValueMap {
  if (rest.length === 0) return withKey(map, key!, value);
  const inner = map.get(key!);
  return withKey(map, key!, withValue(isMap(inner) ? inner : new Map(), rest, value));
}

function valueOf(plain: Plain): Value {
  if (Array.isArray(plain)) return plain.map(valueOf);
  if (typeof plain === 'number') return Number.isInteger(plain) ? BigInt(plain) : plain;
  if (typeof plain !== 'object' || plain === null) return plain;
  return new Map(Object.entries(plain).map(([key, value]) => [key, valueOf(value)]));
}
