// Edits of a `.dvc` file besides its digests: the path, the description, the remote. Other lines keep their bytes.
import type { Scalar, Value } from '../base/value.ts';
import { asItem, itemsOf, laidOut, linesOf, withoutDash, type Item, type List } from './dvc-file-layout.ts';
import { withMd5 } from './edit-dvc-file.ts';
import { emitMapping } from './emit-yaml.ts';

/** The keys of an output in DVC's order. */
const ORDER = 'md5 size nfiles isexec hash path desc type labels meta cache persist remote push'.split(' ');

export interface DvcFileChange {
  readonly path?: string;
  readonly desc?: string;
  readonly remote?: string;
  readonly push?: boolean;
}

/** Changes the first output, or dependency. @param file its name in messages. @throws PipeError for a file that cannot be edited. */
export function changeDvcFile(
  text: string,
  file: string,
  change: DvcFileChange,
  list: List = 'outs',
): string {
  const lines = linesOf(laidOut(text, file));
  const [item] = itemsOf(lines, list);
  if (!item) return text;
  const keys = Object.entries(change) as [string, Value][];
  const next = keys.reduce((now, [key, value]) => setKey(now, key, value), lines.slice(item.start, item.end));
  lines.splice(item.start, item.end - item.start, ...next);
  return withMd5(lines.join(''));
}

/** As DVC writes it: the key comes last, and goes with its line. */
export function frozenDvcFile(before: string, frozen: boolean): string {
  const text = laidOut(before);
  const others = text.replace(/^(?:frozen|locked):.*(?:\n|$)/gm, '');
  if (!frozen) return others;
  if (/^frozen: true\s*(?:#.*)?$/m.test(text)) return text;
  return `${others === '' || others.endsWith('\n') ? others : `${others}\n`}frozen: true\n`;
}

/** @param lines of the item. */
function setKey(lines: readonly string[], key: string, value: Value): string[] {
  const bare = withoutDash(lines);
  const wanted = emitMapping(new Map<Scalar, Value>([[key, value]]), 0).split(/(?<=\n)/);
  const found = entriesOf(bare);
  const own = found.find((entry) => entry.key === key);
  const before = found.findLast((entry) => ORDER.indexOf(entry.key) < ORDER.indexOf(key));
  const { start, end } = own ?? { start: before?.end ?? 0, end: before?.end ?? 0 };
  bare.splice(start, end - start, ...(isDefault(key, value) ? [] : wanted));
  return asItem(bare);
}

const isDefault = (key: string, value: Value): boolean => key === 'push' && value === true;

/** The lines of each key, those of its value included. */
function entriesOf(lines: readonly string[]): (Item & { readonly key: string })[] {
  const entries: (Item & { key: string })[] = [];
  for (const [index, line] of lines.entries()) {
    const key = /^(\w+):/.exec(line)?.[1];
    if (key !== undefined) entries.push({ key, start: index, end: index + 1 });
    else if (entries.length > 0) entries.push({ ...entries.pop()!, end: index + 1 });
  }
  return entries;
}
