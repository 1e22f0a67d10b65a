// What `pipe diff` shows of data: lines for people, and DVC's JSON.
import { isEmptyDiff, type DataDiff, type DataEntry } from '../../compare/data-diff.ts';
import type { Json } from '../../base/spelling.ts';
import { bytesText } from '../text/bytes-text.ts';
import { countText } from '../text/count-text.ts';
import type { Paint, Style } from '../text/paint.ts';
import { spelledOut } from '../text/spell-out.ts';
import { padTo, textWidth } from '../text/text-width.ts';

export interface DataReport {
  readonly diff: DataDiff;
  /** Entries of the old side that the cache lacks; undefined where they were not asked for. */
  readonly missing: readonly DataEntry[] | undefined;
  readonly withHashes: boolean;
}

export interface DataLine {
  readonly path: string;
  /** Digests. */
  readonly hash: string;
  readonly size: string;
}

const HEADS: readonly (readonly [keyof DataDiff, string, Style])[] = [
  ['added', 'Added', 'green'],
  ['deleted', 'Deleted', 'red'],
  ['renamed', 'Renamed', 'green'],
  ['modified', 'Modified', 'yellow'],
];

export function dataText(report: DataReport, paint: Paint): string {
  const { diff, missing = [], withHashes } = report;
  if (isEmptyDiff(diff) && missing.length === 0) return 'No data differs.\n';
  const groups = [
    ...HEADS.map(([key, title, style]) => ({ title, style, lines: dataLines(diff, key) })),
    { title: 'Not in cache', style: 'yellow' as const, lines: missing.map(lineOf) },
  ].filter(({ lines }) => lines.length > 0);
  const width = Math.max(
    ...groups.flatMap(({ lines }) => lines.map(({ path }) => textWidth(spelledOut(path)))),
  );
  const text = groups.map(({ title, style, lines }) =>
    [`${paint(style, title)}:`, ...lines.map((line) => lineText(line, width, withHashes))].join('\n'),
  );
  return `${text.join('\n\n')}\n\n${summaryText(report)}\n`;
}

const lineText = ({ path, hash, size }: DataLine, width: number, withHashes: boolean): string =>
  `    ${withHashes ? `${hash}  ` : ''}${padTo(spelledOut(path), width)}  ${size}`.trimEnd();

export function dataLines(diff: DataDiff, key: keyof DataDiff): readonly DataLine[] {
  if (key === 'added' || key === 'deleted') return diff[key].map(lineOf);
  return diff[key].map(({ old, new: now }) => ({
    path: key === 'renamed' ? `${shownPath(old)} → ${shownPath(now)}` : shownPath(old),
    hash: key === 'renamed' ? short(old) : `${short(old)}..${short(now)}`,
    size: key === 'renamed' ? sizeText(old) : sizesText(old, now),
  }));
}

const lineOf = (entry: DataEntry): DataLine => ({
  path: shownPath(entry),
  hash: short(entry),
  size: sizeText(entry),
});

/** Folders end in a slash, as DVC shows them. */
const shownPath = ({ path, isFolder }: DataEntry): string => (isFolder ? `${path}/` : path);
const short = ({ digest }: DataEntry): string => digest.slice(0, 8);
/** Of a file in a folder of a DVC repository none is recorded. */
const sizesText = (old: DataEntry, now: DataEntry): string =>
  old.size === undefined && now.size === undefined ? '' : `${sizeText(old) || '?'} → ${sizeText(now) || '?'}`;
const sizeText = ({ size }: DataEntry): string => (size === undefined ? '' : bytesText(size));

/** Files only: a folder is as many as it has. */
function summaryText({ diff, missing = [] }: DataReport): string {
  const files = (entries: readonly DataEntry[]): number => entries.filter(({ isFolder }) => !isFolder).length;
  const counts = [
    ['added', files(diff.added)],
    ['deleted', files(diff.deleted)],
    ['renamed', files(diff.renamed.map(({ new: now }) => now))],
    ['modified', files(diff.modified.map(({ new: now }) => now))],
    ['not in the cache', files(missing)],
  ] as const;
  const parts = counts.flatMap(([what, count]) => (count > 0 ? [`${countText(count, 'file')} ${what}`] : []));
  return parts.join(', ') || 'only folders differ';
}

/** As DVC's, with sizes where they are known; `{}` where nothing differs. */
export function dataJson({ diff, missing, withHashes }: DataReport): Json {
  if (isEmptyDiff(diff) && (missing ?? []).length === 0) return {};
  const one = (entry: DataEntry): Json => ({
    path: shownPath(entry),
    ...sizeJson(entry),
    ...(withHashes && { hash: entry.digest }),
  });
  return {
    added: diff.added.map(one),
    deleted: diff.deleted.map(one),
    modified: diff.modified.map(({ old, new: now }) => ({
      path: shownPath(old),
      size: { old: old.size ?? null, new: now.size ?? null },
      ...(withHashes && { hash: { old: old.digest, new: now.digest } }),
    })),
    renamed: diff.renamed.map(({ old, new: now }) => ({
      path: { old: shownPath(old), new: shownPath(now) },
      ...sizeJson(old),
      ...(withHashes && { hash: old.digest }),
    })),
    ...(missing && { 'not in cache': missing.map(one) }),
  };
}

const sizeJson = ({ size }: DataEntry): { readonly size?: number } => (size === undefined ? {} : { size });
