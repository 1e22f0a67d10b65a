// Edits of a `.dvc` file besides its digests: the path, the description, the remote. Other lines keep their bytes.
import { isList, isMap } from '../base/spelling.ts';
import type { Scalar, Value } from '../base/value.ts';
import {
  asItem,
  editDvcFile,
  itemsOf,
  linesOf,
  withoutDash,
  type Item,
  type List,
} from './dvc-file-layout.ts';
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
  const keys = Object.entries(change) as [string, Value][];
  return editDvcFile(text, file, {
    lines(laidOut) {
      const lines = linesOf(laidOut);
      const [item] = itemsOf(lines, list);
      if (!item) return laidOut;
      const before = lines.slice(item.start, item.end);
      const next = keys.reduce((now, [key, value]) => setKey(now, key, value), before);
      lines.splice(item.start, item.end - item.start, ...next);
      return withMd5(lines.join(''));
    },
    values(before) {
      const all = before.get(list);
      if (!isList(all) || !isMap(all[0])) return before;
      const [first, ...others] = all;
      const next = new Map([...first, ...keys]);
      for (const [key, value] of keys) if (isDefault(key, value)) next.delete(key);
      return new Map<Scalar, Value>([...before, [list, [next, ...others]]]);
    },
  });
}

/** As DVC writes it: the key comes last, and goes with its line. */
export function frozenDvcFile(text: string, frozen: boolean, file: string): string {
  return editDvcFile(text, file, {
    lines(laidOut) {
      const others = withoutKeys(laidOut, FROZEN);
      if (!frozen) return others;
      if (/^frozen: true[^\S\n]*(?:#[^\n]*)?$/m.test(laidOut)) return laidOut;
      return `${others === '' || others.endsWith('\n') ? others : `${others}\n`}frozen: true\n`;
    },
    values: (before) =>
      new Map<Scalar, Value>([
        ...[...before].filter(([key]) => !FROZEN.includes(key as string)),
        ...(frozen ? [['frozen', true] as const] : []),
      ]),
  });
}

const FROZEN = ['frozen', 'locked'];

/** A file that is beside its data needs no `wdir`. The checksum of an import counts it. */
export const besideItsData = (text: string, file: string): string =>
  editDvcFile(text, file, {
    lines: (laidOut) => withMd5(withoutKeys(laidOut, ['wdir'])),
    values: (before) => new Map([...before].filter(([key]) => key !== 'wdir')),
  });

const withoutKeys = (text: string, keys: readonly string[]): string =>
  linesOf(text)
    .filter((line) => !keys.includes(/^(\w+):/.exec(line)?.[1] ?? ''))
    .join('');

/** @param lines of the item. */
function setKey(lines: readonly string[], key: string, value: Value): string[] {
  const bare = withoutDash(lines);
  const wanted = linesOf(emitMapping(new Map<Scalar, Value>([[key, value]]), 0));
  const found = entriesOf(bare);
  const own = found.find((entry) => entry.key === key);
  const before = found.findLast((entry) => ORDER.indexOf(entry.key) < ORDER.indexOf(key));
  const { start, end } = own ?? { start: before?.end ?? 0, end: before?.end ?? 0 };
  bare.splice(start, end - start, ...(isDefault(key, value) ? [] : wanted));
  return asItem(bare);
}

const isDefault = (key: string, value: Value): boolean => key === 'push' && value === true;

/** The lines of each key, those of its value included, and not the comments behind it. */
function entriesOf(lines: readonly string[]): (Item & { readonly key: string })[] {
  const entries: (Item & { key: string })[] = [];
  for (const [index, line] of lines.entries()) {
    const key = /^(\w+):/.exec(line)?.[1];
    if (key !== undefined) entries.push({ key, start: index, end: index + 1 });
    else if (entries.length > 0) entries.push({ ...entries.pop()!, end: index + 1 });
  }
  return entries.map((entry) => {
    let { end } = entry;
    while (end > entry.start + 1 && /^(?:#|\s*$)/.test(lines[end - 1]!)) end -= 1;
    return { ...entry, end };
  });
}
